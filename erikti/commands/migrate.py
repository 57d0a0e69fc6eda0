"""The command ``erikti migrate``."""

import typer

from erikti.commands.database import configured, migrated, run
from erikti.commands.progress import progress

app = typer.Typer(add_completion=False)


@app.command("migrate")
def migrate() -> None:
    """Migrate the database to this version."""
    settings = configured()
    with progress("rows") as update:
        names = run(
            settings,
            migrated(settings, progress=lambda what, done, whole: update(what, done, done / whole)),
        )
    typer.echo(f"applied: {', '.join(names)}" if names else "the database is up to date")
