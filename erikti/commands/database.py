"""Helpers of commands that use the database: checks and migration."""

import asyncio
import getpass
import os
from collections.abc import Coroutine
from typing import TypeVar

import typer

from erikti.commands.errors import CommandError, DatabaseUnusableError
from erikti.database.calendar import use_zone
from erikti.database.connection import Database
from erikti.database.errors import cause
from erikti.database.sealed import use
from erikti.database.write_lock import LockTimeout, exclusive
from erikti.settings import Settings, from_environment, unknown
from models.calendar import CHANGED, outdated
from models.changes import ChangeKind, Origin
from models.migrate import NewerDatabaseError, migrate, pending
from models.sealing_keys import check
from models.texts import Progress, is_filled

T = TypeVar("T")
OLDER = "the database is older than this version: run erikti migrate"


def waits() -> None:
    """Print that the command waits for another process."""
    typer.echo("waiting: another process is writing to the database", err=True)


PATIENT = LockTimeout(on_wait=waits)


def configured() -> Settings:
    """Return the settings, whose keys are in use from now on."""
    settings = from_environment()
    for name in unknown():
        typer.echo(f"{name}: unknown variable, ignored", err=True)
    if settings.data.exists() and not settings.data.is_dir():
        raise CommandError(f"ERIKTI_DATA: {settings.data} is not a folder")
    use(settings.keyring())
    use_zone(settings.time_zone)
    return settings


def run(settings: Settings, work: Coroutine[object, object, T]) -> T:
    """Run a coroutine that uses the database and return its result.

    Raises DatabaseUnusableError if the database cannot be used now, CommandError if it is of a
    later version.
    """
    try:
        return asyncio.run(work)
    except NewerDatabaseError as error:
        raise CommandError(str(error)) from error
    except Exception as error:
        # An error with a file name is about that file, not about the database.
        found = None if getattr(error, "filename", None) else cause(error)
        if found is None:
            raise
        raise DatabaseUnusableError(
            f"the database {settings.database} cannot be used: {found}"
        ) from error


async def migrated(
    settings: Settings, patience: LockTimeout = PATIENT, progress: Progress | None = None
) -> list[str]:
    """Migrate the database to this version and return the names of the applied migrations.

    Raises BusyError if another process writes for longer than ``patience``.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    async with Database(settings.database_url):
        return await exclusive(lambda: migrate(settings.database_url, progress), patience)


def imported(command: str, reason: str | None = None) -> Origin:
    """Return the origin of what a command imports: the command, and the user of the system."""
    return Origin(ChangeKind.IMPORT, f"erikti {command}", _user(), reason=reason)


def edited(command: str, reason: str) -> Origin:
    """Return the origin of a single change by a command."""
    return Origin(ChangeKind.MUTATION, f"erikti {command}", _user(), reason=reason)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())


async def prepared(
    settings: Settings, patience: LockTimeout = PATIENT, may_migrate: bool = True
) -> None:
    """Check the database's version and keys, migrating an embedded one if ``may_migrate``.

    Raises CommandError if it is older than this version, SealingError if it has other keys.
    """
    if settings.embedded and may_migrate:
        await migrated(settings, patience)
        return
    async with Database(settings.database_url):
        await refuse_older(settings)
        await check()


async def refuse_older(settings: Settings) -> None:
    """Raise CommandError if the open database needs ``erikti migrate``."""
    if await pending(settings.database_url) or not await is_filled():
        raise CommandError(OLDER)
    if await outdated():
        raise CommandError(CHANGED)
