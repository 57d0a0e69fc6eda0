"""The command ``erikti demo``."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from demo.build import DemoRefusedError, Summary, build
from demo.nation import ScaleError
from models.database import opened
from models.migrate import migrate

REFUSED = 1
MISUSED = 2


def demo_command(
    scale: Annotated[
        float, typer.Option(help="1 for the published figures, 0.01 for tests, 10 for load.")
    ] = 1.0,
    database_url: Annotated[
        str, typer.Option(envvar="DATABASE_URL", help="sqlite://PATH or postgres://...")
    ] = "",
) -> None:
    """Fill a database with an invented country that has the published figures.

    Exits with 1 where the database holds other records, with 2 for a scale or a database
    that cannot be used.
    """
    if not database_url:
        raise _failed("say which database to fill: --database-url or DATABASE_URL", MISUSED)
    try:
        summary = asyncio.run(_run(scale, database_url))
    except ScaleError as error:
        raise _failed(str(error), MISUSED) from None
    except DemoRefusedError as error:
        raise _failed(str(error), REFUSED) from None
    typer.echo(
        f"Demo data: {summary.accepted:,} records new, {summary.updated:,} changed, "
        f"{summary.unchanged:,} there already."
    )


async def _run(scale: float, database_url: str) -> Summary:
    async with opened(database_url):
        await migrate(database_url)
        with _bar() as bar:
            task = bar.add_task("demo data", total=None)
            return await build(
                scale,
                progress=lambda kind, done, whole: bar.update(
                    task, description=kind, completed=done, total=whole
                ),
            )


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _failed(message: str, code: int) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)
