"""What commands that use the database share: it is opened, fits, and the cache learns of writes."""

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

import typer

from erikti.cache import EVERYTHING, ResponseCache, Valkey
from erikti.commands.errors import CommandError, DatabaseUnusableError
from erikti.database.connection import opened
from erikti.database.errors import cause
from erikti.database.sealed import use
from erikti.database.write_lock import LockTimeout, exclusive
from erikti.settings import Settings, from_environment, unknown
from models.max_age import RECORDS, REFERENCE
from models.migrate import NewerDatabaseError, migrate, pending
from models.sealing_keys import check

T = TypeVar("T")
PATIENCE = 2  # seconds that a command waits for the cache
OLDER = "the database is older than this version: run erikti migrate"


def waits() -> None:
    """Say that another process has the turn."""
    typer.echo("another process is writing to the database: waiting for it", err=True)


PATIENT = LockTimeout(on_wait=waits)


def configured() -> Settings:
    """The settings; their keys are in use from here on."""
    settings = from_environment()
    for name in unknown():
        typer.echo(f"{name}: there is no such variable, it is ignored", err=True)
    if settings.data.exists() and not settings.data.is_dir():
        raise CommandError(f"ERIKTI_DATA: {settings.data} is not a folder")
    use(settings.keyring())
    return settings


def run(settings: Settings, work: Coroutine[Any, Any, T]) -> T:
    """Run what uses the database to its end.

    Raises DatabaseUnusableError, or CommandError if the database is of a later version.
    """
    try:
        return asyncio.run(work)
    except NewerDatabaseError as error:
        raise CommandError(str(error)) from error
    except Exception as error:
        # An error with the name of a file is about that file.
        found = None if getattr(error, "filename", None) else cause(error)
        if found is None:
            raise
        raise DatabaseUnusableError(
            f"the database {settings.database} cannot be used: {found}"
        ) from error


async def migrated(settings: Settings, patience: LockTimeout = PATIENT) -> list[str]:
    """Bring the database to this version; the names of the migrations that it took.

    Raises BusyError where another process writes for longer than ``patience`` lasts.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    async with opened(settings.database_url):
        names = await exclusive(lambda: migrate(settings.database_url), patience)
    if names:
        await drop_answers(settings, {EVERYTHING})
    return names


async def prepared(settings: Settings, patience: LockTimeout = PATIENT) -> None:
    """See that the database fits, and bring an embedded one up to date.

    Raises CommandError where it is older than this version, SealingError where it has other keys.
    """
    if settings.embedded:
        await migrated(settings, patience)
        return
    async with opened(settings.database_url):
        await refuse_older(settings)
        await check()


async def refuse_older(settings: Settings) -> None:
    """Raise CommandError where the open database lacks migrations."""
    if await pending(settings.database_url):
        raise CommandError(OLDER)


async def drop_answers(settings: Settings, tags: Collection[str]) -> None:
    """Let no answer that is made of these models be served from the shared cache again."""
    if settings.cache_url is None:
        return
    logger = logging.getLogger("erikti.cache")
    logger.disabled = True  # the line below tells it all
    valkey = Valkey(settings.cache_url, timeout=PATIENCE)
    cache = ResponseCache(valkey)
    dropped = await cache.drop(tags)
    await cache.close()
    await valkey.close()
    logger.disabled = False
    if not dropped:
        age = REFERENCE if EVERYTHING in tags else RECORDS
        typer.echo(
            "the database is written, but the cache at CACHE_URL cannot be reached: "
            f"answers may be up to {age} seconds old",
            err=True,
        )
