"""The command line: ``erikti serve|migrate|import|demo|sdl``."""

import asyncio
import logging
import os
import sys
from collections.abc import Collection
from typing import Annotated, NoReturn

import typer
import uvicorn
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from cache import EVERYTHING, ResponseCache
from demo.command import demo_command as fill
from importers.command import Place, import_command
from models.database import is_away, opened
from models.migrate import NewerDatabaseError, migrate, pending
from models.people import Person
from schema import RELEASED, SDL, schema
from schema.cache_control import RECORDS, REFERENCE
from settings import Settings, SettingsError, from_environment

PATIENCE = 2  # seconds that a command waits for the cache
GRACE = 20  # seconds that answers under way get when the server is told to stop
PRIVATE = 0o077  # what Erikti writes holds personal data: nobody else may read it
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Erikti: volunteering data behind one endpoint.",
)


@app.command("serve")
def serve_command(
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
) -> None:
    """Answer queries at HOST and PORT (127.0.0.1:8000)."""
    settings = from_environment()
    if settings.embedded and workers > 1:
        raise Refusal(
            "the embedded database serves one worker: set DATABASE_URL to a PostgreSQL database"
        )
    asyncio.run(_prepare(settings))
    typer.echo(f"GraphQL at http://{settings.host}:{settings.port}/graphql (GraphiQL in a browser)")
    uvicorn.run(
        "server:app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to the schema of this version."""
    names = asyncio.run(_migrate(from_environment()))
    typer.echo(f"applied: {', '.join(names)}" if names else "the database is up to date")


@app.command("demo")
def demo_command(
    scale: Annotated[
        float, typer.Option(help="1 for the published figures, 0.01 for tests, 10 for load.")
    ] = 1.0,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing where the database holds people.")
    ] = False,
) -> None:
    """Fill the database with an invented country that has the published figures."""
    settings = from_environment()
    asyncio.run(_migrate(settings))
    if if_empty and asyncio.run(_is_filled(settings)):
        return
    written = True
    try:
        fill(scale, settings.database_url)
    except typer.Exit:
        written = False  # it was refused
        raise
    finally:
        # Kind by kind goes in, so there is something new even where it was interrupted.
        if written:
            asyncio.run(_drop(settings, {EVERYTHING}))


@app.command("sdl")
def sdl_command(
    check: Annotated[
        bool, typer.Option("--check", help="Only tell whether the committed SDL is current.")
    ] = False,
) -> None:
    """Write schema/schema.graphql from the schema."""
    text = schema.as_str() + "\n"
    if not check:
        SDL.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {SDL}")
        return
    if SDL.read_text(encoding="utf-8") != text:
        raise Refusal("schema/schema.graphql is not what the schema prints: run erikti sdl")
    released = RELEASED.read_text(encoding="utf-8")
    changes = find_breaking_changes(
        build_schema(released, assume_valid_sdl=True), build_schema(text, assume_valid_sdl=True)
    )
    for change in changes:
        typer.echo(f"breaking: {change.description}", err=True)
    if changes:
        raise typer.Exit(1)


async def _migrate(settings: Settings) -> list[str]:
    settings.data.mkdir(parents=True, exist_ok=True)
    async with opened(settings.database_url):
        names = await migrate(settings.database_url)
    if names:
        await _drop(settings, {EVERYTHING})
    return names


async def _is_filled(settings: Settings) -> bool:
    async with opened(settings.database_url):
        return await Person.exists()


def _import_place() -> Place:
    settings = from_environment()
    asyncio.run(_prepare(settings))
    return Place(
        settings.database_url, settings.data, lambda tags: asyncio.run(_drop(settings, tags))
    )


async def _drop(settings: Settings, tags: Collection[str]) -> None:
    """Let no answer that is made of these models be served from the shared cache again."""
    if settings.cache_url is None:
        return
    logger = logging.getLogger("erikti.cache")
    logger.disabled = True  # the line below tells it all
    cache = ResponseCache(settings.cache_url, timeout=PATIENCE)
    dropped = await cache.drop(tags)
    await cache.close()
    logger.disabled = False
    if not dropped:
        age = REFERENCE if EVERYTHING in tags else RECORDS
        typer.echo(
            "the database is written, but the cache at CACHE_URL cannot be reached: "
            f"answers may be up to {age} seconds old",
            err=True,
        )


async def _prepare(settings: Settings) -> None:
    """See that the database fits, and bring an embedded one up to date.

    A database server that is away is no obstacle: readiness tells when it is back.
    """
    if settings.embedded:
        await _migrate(settings)
        return
    async with opened(settings.database_url):
        try:
            plan = await pending(settings.database_url)
        except Exception as error:
            if not is_away(error):
                raise
            typer.echo("the database cannot be reached yet", err=True)
            return
    if plan:
        raise Refusal("the database is older than this version: run erikti migrate")


class Refusal(Exception):  # noqa: N818 - it is what the command says, not an error in it
    """Why a command will not do what was asked."""


app.command("import")(import_command(_import_place))


def main() -> None:
    """Run the command line; exit 1 with one line on what was wrong, never with a traceback."""
    os.umask(PRIVATE)
    try:
        app()
    except (Refusal, SettingsError, NewerDatabaseError) as error:
        _leave(str(error))
    except Exception as error:
        if not is_away(error):
            raise
        _leave("the database cannot be reached: check DATABASE_URL")


def _leave(reason: str) -> NoReturn:
    typer.echo(f"erikti: {reason}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
