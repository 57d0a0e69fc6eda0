"""The command ``erikti migrate``."""

import typer

from erikti.commands.database import configured, migrated, run

app = typer.Typer(add_completion=False)


@app.command("migrate")
def migrate() -> None:
    """Migrate the database to this version."""
    settings = configured()
    names = run(settings, migrated(settings))
    typer.echo(f"applied: {', '.join(names)}" if names else "the database is up to date")
