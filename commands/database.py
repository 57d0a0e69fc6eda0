"""What commands that use the database share: it is opened, fits, and the cache learns of writes."""

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

import typer

from cache import EVERYTHING, ResponseCache
from commands.errors import Refusal
from models.ages import RECORDS, REFERENCE
from models.database import is_away, opened
from models.keys import check
from models.migrate import NewerDatabaseError, migrate, pending
from models.sealed import use
from settings import Settings, from_environment

T = TypeVar("T")
PATIENCE = 2  # seconds that a command waits for the cache
OLDER = "the database is older than this version: run erikti migrate"


def configured() -> Settings:
    """The settings; their keys are in use from here on."""
    settings = from_environment()
    use(settings.keyring())
    return settings


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run what uses the database to its end; raises Refusal where the database cannot be used."""
    try:
        return asyncio.run(work)
    except NewerDatabaseError as error:
        raise Refusal(str(error)) from error
    except Exception as error:
        if not is_away(error):
            raise
        raise Refusal("the database cannot be reached: check DATABASE_URL") from error


async def migrated(settings: Settings) -> list[str]:
    """Bring the database to this version; the names of the migrations that it took."""
    settings.data.mkdir(parents=True, exist_ok=True)
    async with opened(settings.database_url):
        names = await migrate(settings.database_url)
    if names:
        await drop_answers(settings, {EVERYTHING})
    return names


async def prepared(settings: Settings) -> None:
    """See that the database fits, and bring an embedded one up to date.

    A database server that is away is no obstacle: readiness tells when it is back.
    """
    if settings.embedded:
        await migrated(settings)
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
        raise Refusal(OLDER)


async def refuse_older(settings: Settings) -> None:
    """Raise Refusal where the open database lacks migrations."""
    if await pending(settings.database_url):
        raise Refusal(OLDER)


async def drop_answers(settings: Settings, tags: Collection[str]) -> None:
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
