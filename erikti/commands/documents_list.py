"""The command ``erikti documents list``."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from erikti.commands.documents_shared import audience, on_current, prepared
from models.trusted_documents import TrustedDocument, listed

DIGITS = 16  # digits of a hash in the table
OfOption = Annotated[
    str | None, typer.Option("--client", help="Only documents of this client; by default all.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Include revoked documents.")]
app = typer.Typer(add_completion=False)


@app.command("list")
def list_command(client: OfOption = None, revoked: AllOption = False) -> None:
    """List published documents."""
    _show(on_current(prepared(), listed(client, revoked)), revoked)


def _show(found: list[TrustedDocument], revoked: bool) -> None:
    table = Table("id", "operation", "client", "published", *(["revoked"] if revoked else []))
    for item in found:
        cells = [item.sha256[:DIGITS], item.operations or "-", audience(item.client)]
        cells.append(_moment(item.published_at))
        table.add_row(*cells, *([_moment(item.revoked_at)] if revoked else []))
    Console().print(table)


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""
