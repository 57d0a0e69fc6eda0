"""The database of the running task, set by its application, inherited by the context."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar

from erikti.sealing import Keyring


class DatabaseState:
    """What an open database keeps for the parts of this room; ``connection.Database`` is one.

    ``zone`` is the time zone of its calendar. ``uncancelled`` holds tasks that complete even if
    their starter is cancelled, ``metas`` what Tortoise stores of models for this kind of database,
    and ``merged`` the IDs of merged records of people with those of the records that remain, which
    have changed ``merges`` times.
    """

    def __init__(self, keyring: Keyring | None, zone: str | None = None) -> None:
        self.keyring = keyring
        self.zone = zone
        self.uncancelled: set[asyncio.Task[object]] = set()
        self.metas: dict[object, object] = {}
        self.merged: Mapping[object, object] = {}
        self.merges = 0


database: ContextVar[DatabaseState] = ContextVar("database")
