"""The command ``erikti keys status``."""

from collections import Counter

import typer
from rich.console import Console
from rich.table import Table

from erikti.commands.database import configured, refuse_older, run
from erikti.database.connection import Database
from erikti.database.sealed import keyring
from erikti.settings import Settings
from models.key_rotation import status

app = typer.Typer(add_completion=False)


@app.command("status")
def show() -> None:
    """Show the number of values sealed with each key."""
    settings = configured()
    found = run(settings, _status(settings))
    table = Table("key", "values", "")
    ring = keyring()
    for name in sorted({ring.current, *found}):
        note = "current" if name == ring.current else "" if name in ring else "not in ERIKTI_KEYS"
        table.add_row(name, f"{found[name]:,}", note)
    Console().print(table)


async def _status(settings: Settings) -> Counter[str]:
    async with Database(settings.database_url):
        await refuse_older(settings)
        return await status()
