"""The command ``erikti changes``."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from erikti.commands.database import configured, prepared, run
from erikti.database.connection import Database
from erikti.settings import Settings
from models.changes import ChangedTable, ChangeSet, latest

DIGITS = 12  # of a file's hash in the table
LastOption = Annotated[int, typer.Option("--last", min=1, help="How many change sets.")]
app = typer.Typer(add_completion=False)

Listed = Sequence[tuple[ChangeSet, list[ChangedTable]]]


@app.command("changes")
def changes(last: LastOption = 20) -> None:
    """List the last change sets: who changed records, when, why, and how many."""
    settings = configured()
    _show(run(settings, _latest(settings, last)))


async def _latest(settings: Settings, last: int) -> Listed:
    await prepared(settings)
    async with Database(settings.database_url):
        return await latest(last)


def _show(found: Listed) -> None:
    table = Table("position", "committed (UTC)", "kind", "author", "reason", "file", "records")
    for item, tables in found:
        assert item.committed_at is not None
        cells = (
            str(item.position),
            f"{item.committed_at:%Y-%m-%d %H:%M:%S}",
            item.kind,
            ", ".join(filter(None, (item.client, item.subject, item.organisation))),
            item.reason or "",
            (item.import_digest or "")[:DIGITS],
            "\n".join(map(_counted, tables)),
        )
        table.add_row(*map(Text, cells))
    Console().print(table)


def _counted(table: ChangedTable) -> str:
    counts = {"added": table.added, "updated": table.updated, "deleted": table.deleted}
    found = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{table.name}: {found}"
