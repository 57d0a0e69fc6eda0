"""The command ``erikti documents list``."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from erikti.commands.documents_shared import on_current, prepared, whom
from models.trusted_documents import TrustedDocument, listed

SHOWN = 16  # digits of a hash in the table
OfOption = Annotated[
    str | None, typer.Option("--client", help="What this client may run; by default everything.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Show those that were revoked too.")]
app = typer.Typer(add_completion=False)


@app.command("list")
def list_command(client: OfOption = None, revoked: AllOption = False) -> None:
    """Show what is published."""
    _show(on_current(prepared(), listed(client, revoked)), revoked)


def _show(found: list[TrustedDocument], revoked: bool) -> None:
    table = Table("id", "operation", "client", "published", *(["revoked"] if revoked else []))
    for item in found:
        shown = [item.sha256[:SHOWN], item.operations or "-", whom(item.client)]
        shown.append(_moment(item.published_at))
        table.add_row(*shown, *([_moment(item.revoked_at)] if revoked else []))
    Console().print(table)


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""
