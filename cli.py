"""The command line: ``erikti serve|migrate|import|demo|keys|audit|documents|sdl|token``."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from audit import command as audit
from auth.demo import NOTICE
from cache import EVERYTHING, ResponseCache
from demo.command import demo_command as fill
from documents.command import documents_app
from documents.files import DocumentsError
from guard.server import work
from guard.supervisor import listen, supervise
from guard.traces import trace
from importers.command import Place, import_command
from keys import keys_app
from models.database import is_away, opened
from models.keys import check
from models.migrate import NewerDatabaseError, migrate, pending
from models.people import Person
from models.sealed import use
from schema import RELEASED, SDL, schema
from schema.api import api_sdl
from schema.cache_control import RECORDS, REFERENCE
from sealing import SealingError
from settings import Settings, SettingsError, from_environment
from tokens import NoTokenError, guide, token_command

PATIENCE = 2  # seconds that a command waits for the cache
PRIVATE = 0o077  # what Erikti writes holds personal data: nobody else may read it
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Erikti: volunteering data behind one endpoint.",
)


@app.command("serve")
def serve_command(
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
) -> None:
    """Answer queries at HOST and PORT (127.0.0.1:8000)."""
    settings = _settings()
    if settings.embedded and workers > 1:
        raise Refusal(
            "the embedded database serves one worker: set DATABASE_URL to a PostgreSQL database"
        )
    asyncio.run(_prepare(settings))
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise Refusal(
            f"cannot listen at {settings.host}:{settings.port}: {error.strerror}"
        ) from error
    port = listener.getsockname()[1]
    url = f"http://{settings.host}:{port}/graphql"
    typer.echo(f"GraphQL at {url} (GraphiQL in a browser)")
    if settings.oidc_issuer is None:
        typer.echo(NOTICE, err=True)
        typer.echo(guide(url))
    command = [sys.executable, str(Path(__file__).resolve()), "worker"]
    supervise(command, listener, workers, settings.limits)


@app.command("worker", hidden=True)
def worker_command(
    descriptor: Annotated[int, typer.Argument(help="The number of the socket to answer at.")],
    report: Annotated[int, typer.Argument(help="The number of the pipe to report serving on.")],
) -> None:
    """Answer queries at a socket that serve opened: one of its processes."""
    with socket.socket(fileno=descriptor) as listener:
        work("server:app", from_environment().limits, listener, report)


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to the schema of this version."""
    names = asyncio.run(_migrate(_settings()))
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
    settings = _settings()
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
    api: Annotated[
        bool, typer.Option("--api", help="Print what clients see of it instead, for their tools.")
    ] = False,
) -> None:
    """Write schema/schema.graphql from the schema."""
    if api:
        typer.echo(api_sdl(schema._schema), nl=False)
        return
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


def _settings() -> Settings:
    """The settings; their keys are in use from here on."""
    settings = from_environment()
    use(settings.keyring())
    return settings


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
    settings = _settings()
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
            if not plan:
                await check()
        except Exception as error:
            if not is_away(error):
                raise
            typer.echo("the database cannot be reached yet", err=True)
            return
    if plan:
        raise Refusal("the database is older than this version: run erikti migrate")


class Refusal(Exception):  # noqa: N818 - it is what the command says, not an error in it
    """Why a command will not do what was asked."""


# Errors that say all there is to say.
TOLD = (Refusal, DocumentsError, NoTokenError, SettingsError, SealingError, NewerDatabaseError)


def _audit_place() -> audit.Place:
    settings = from_environment()
    return audit.Place(settings.database_url, settings.checkpoints, settings.audit_key)


def _documents_place() -> str:
    settings = _settings()
    schema.limit(settings.limits)
    if settings.embedded:
        asyncio.run(_migrate(settings))
    return settings.database_url


app.command("import")(import_command(_import_place))
app.command("token")(token_command(from_environment))
app.add_typer(keys_app(lambda: _settings().database_url), name="keys")
app.add_typer(audit.audit_app(_audit_place), name="audit")
app.add_typer(documents_app(_documents_place), name="documents")


def main() -> None:
    """Run the command line; exit 1 with one line on what was wrong, never with a traceback."""
    os.umask(PRIVATE)
    try:
        app()
    except TOLD as error:
        _leave(str(error))
    except Exception as error:
        if is_away(error):
            _leave("the database cannot be reached: check DATABASE_URL")
        # Its text may hold somebody's data, as where a driver repeats what it was given.
        _leave(f"something went wrong inside:\n{trace(error)}")


def _leave(reason: str) -> NoReturn:
    typer.echo(f"erikti: {reason}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
