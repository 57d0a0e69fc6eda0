"""Helpers of the commands on published documents."""

from collections.abc import Coroutine
from typing import TypeVar

from erikti.commands.database import configured, migrated, refuse_older, run
from erikti.database.connection import Database
from erikti.settings import Settings
from erikti.trusted_documents.files import PREFIX
from models.trusted_documents import EVERYONE, TrustedDocument

T = TypeVar("T")


def prepared() -> Settings:
    """Return the settings, after migrating an embedded database."""
    settings = configured()
    if settings.embedded:
        run(settings, migrated(settings))
    return settings


def on_current(settings: Settings, work: Coroutine[object, object, T]) -> T:
    """Run a coroutine that uses the database, which must be of this version."""
    return run(settings, _on_current(settings, work))


async def _on_current(settings: Settings, work: Coroutine[object, object, T]) -> T:
    async with Database(settings.database_url):
        try:
            await refuse_older(settings)
        except Exception:
            work.close()  # prevents the warning that it was never awaited
            raise
        return await work


def named(item: TrustedDocument) -> str:
    """Return the ID of a document with the names of its operations."""
    return f"{PREFIX}{item.sha256}" + (f" ({item.operations})" if item.operations else "")


def audience(client: str) -> str:
    """Return the client that a document is published for, or ``everyone``."""
    return "everyone" if client == EVERYONE else client
