"""The command ``erikti demo``."""

from datetime import date, datetime
from typing import Annotated

import typer

from erikti.commands.database import configured, imported, migrated, run
from erikti.commands.progress import progress
from erikti.database.calendar import calendar
from erikti.database.connection import Database
from erikti.demo.build import DemoRefusedError, Summary, build
from erikti.demo.nation import ScaleError
from erikti.settings import Settings
from models.people import Person

REFUSED = 1
MISUSED = 2
app = typer.Typer(add_completion=False)


@app.command("demo")
def fill(
    scale: Annotated[
        float, typer.Option(help="1 for the published figures, 0.01 for tests, 10 for load tests.")
    ] = 1.0,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing if the database has people.")
    ] = False,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The last day with records, by default the present day."
        ),
    ] = None,
) -> None:
    """Fill the database with a generated country that matches the published figures.

    Its records reach to the present day; a later run adds those of the days since.
    """
    settings = configured()
    run(settings, migrated(settings))
    if if_empty and run(settings, _is_filled(settings)):
        return
    try:
        day = today.date() if today else calendar().today()
        summary = run(settings, _build(scale, day, settings))
        typer.echo(
            f"Demo data: {summary.accepted:,} records added, {summary.updated:,} changed, "
            f"{summary.unchanged:,} unchanged."
        )
    except (ScaleError, DemoRefusedError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISUSED if isinstance(error, ScaleError) else REFUSED) from None


async def _is_filled(settings: Settings) -> bool:
    async with Database(settings.database_url):
        return await Person.exists()


async def _build(scale: float, today: date, settings: Settings) -> Summary:
    async with Database(settings.database_url):
        with progress("rows") as update:
            return await build(
                scale,
                today=today,
                origin=imported("demo"),
                progress=lambda kind, done, whole: update(kind, done, whole and done / whole),
            )
