"""Leadership: at most one process at a time holds it, until it ends or loses the database."""

import asyncio
import fcntl
import os
from contextlib import suppress
from typing import Protocol

from erikti.database.connection import Database
from erikti.database.errors import LOST, is_away
from erikti.database.postgres import Client as PostgresClient
from erikti.database.sessions import Session
from erikti.database.sqlite import Client as SqliteClient

LOCK = 0x65726C64  # any number, the same in every version

GIVING_UP = 1.0  # seconds for the server to end a transaction


class Leadership(Protocol):
    """The lock of the leader of a database."""

    async def take(self) -> bool:
        """Take it, if no other process has it; return whether this process has it."""

    async def is_held(self) -> bool:
        """Whether this process has it."""

    async def give_up(self) -> None:
        """Leave it to another process."""


class PostgresLeadership:
    """An advisory lock of a transaction on a connection of its own, which does nothing else.

    A lock of a session would outlive it behind a pool of connections. The transaction has no
    snapshot, so that it holds up no vacuum.
    """

    def __init__(self, client: PostgresClient) -> None:
        self._client = client
        self._session: Session | None = None

    async def take(self) -> bool:
        if self._session is None:
            session = await self._client.begin("BEGIN")
            try:
                rows = await session.connection.fetch(f"SELECT pg_try_advisory_xact_lock({LOCK})")
            except BaseException:
                session.terminate()
                raise
            self._session = session
            if not rows[0][0]:
                await self.give_up()
        return self._session is not None

    async def is_held(self) -> bool:
        if self._session is None:
            return False
        try:
            await self._session.connection.fetch("SELECT 1")
        except Exception as error:
            self._session.terminate()
            self._session = None
            if not is_away(error):
                raise
        return self._session is not None

    async def give_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            # The server releases the lock of a lost connection itself.
            with suppress(TimeoutError, *LOST):
                async with asyncio.timeout(GIVING_UP):
                    await self._client.end(session, None)


class SqliteLeadership:
    """A lock on a file beside the database, which the system releases with the process."""

    def __init__(self, client: SqliteClient) -> None:
        self._path = f"{client.filename}-work"
        self._file: int | None = None

    async def take(self) -> bool:
        if self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                return False
            self._file = file
        return True

    async def is_held(self) -> bool:
        return self._file is not None

    async def give_up(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def leadership(database: Database) -> Leadership:
    """Return the lock of an open database."""
    client = database.client
    if isinstance(client, PostgresClient):
        return PostgresLeadership(client)
    return SqliteLeadership(client)
