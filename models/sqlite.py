"""Tortoise's SQLite engine with the functions that SQLite lacks, and readers of their own."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import aiosqlite
from tortoise.backends.sqlite.client import SqliteClient

BYTES = "\x01"
READERS = 4
READER_OPTIONS = ("busy_timeout=5000", "cache_size=-16384", "temp_store=MEMORY", "query_only=ON")


class Client(SqliteClient):
    """The connection that writes, and a few that read the file as it was at one moment."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        # A reader must not make the file that it does not find.
        self._uri = f"file://{quote(os.path.abspath(file_path))}?mode=rw"
        self._inode: int | None = None
        self._places = asyncio.Semaphore(READERS)
        self._idle: list[aiosqlite.Connection] = []
        self._generation = 0

    async def check_file(self) -> None:
        """Let go of a file that was replaced; raises FileNotFoundError where there is none.

        SQLite itself would go on reading the file that is no longer there.
        """
        if self._connection is not None and os.stat(self.filename).st_ino != self._inode:
            await self.close()

    async def close(self) -> None:
        """Close every connection; one that is reading is closed when it is given back."""
        await super().close()
        self._generation += 1
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    async def _post_connect(self) -> None:
        await super()._post_connect()
        self._inode = os.stat(self.filename).st_ino
        assert self._connection is not None
        await _add_functions(self._connection)

    async def borrow(self) -> "Reader":
        """A connection that sees the file as it is at its first statement."""
        await self._places.acquire()
        try:
            connection = self._idle.pop() if self._idle else await self._open()
            try:
                await connection.execute_fetchall("BEGIN")
            except BaseException:
                await connection.close()
                raise
        except BaseException:
            self._places.release()
            raise
        return Reader(self, connection, self._generation)

    async def _open(self) -> aiosqlite.Connection:
        os.stat(self.filename)  # or the driver would leave a thread behind that found no file
        connection = await aiosqlite.connect(self._uri, uri=True, isolation_level=None)
        for option in READER_OPTIONS:
            await connection.execute_fetchall(f"PRAGMA {option}")
        await _add_functions(connection)
        return connection

    async def take_back(self, connection: aiosqlite.Connection, generation: int) -> None:
        """End a reader's transaction, and keep its connection unless the file was left."""
        try:
            await connection.execute_fetchall("ROLLBACK")
            if generation == self._generation:
                self._idle.append(connection)
                return
        except Exception:
            pass  # whatever it was, the connection is of no more use
        finally:
            self._places.release()
        await connection.close()


class Reader:
    """A connection inside a transaction that only reads."""

    def __init__(self, client: Client, connection: aiosqlite.Connection, generation: int) -> None:
        self._client = client
        self._connection = connection
        self._generation = generation

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Sequence[Any]:
        """The rows of a statement."""
        found = await self._connection.execute_fetchall(sql, parameters)
        return list(found) if row is None else [row(record) for record in found]

    async def give_back(self) -> None:
        """Let others have the connection."""
        await self._client.take_back(self._connection, self._generation)


async def _add_functions(connection: aiosqlite.Connection) -> None:
    for name, function in (("lower_text", _lower_text), ("unpacked", _unpacked)):
        await connection.create_function(name, 1, function, deterministic=True)


def packed(value: bytes) -> str:
    """Bytes as a JSON string that ``unpacked`` knows again; no text may begin like it."""
    return BYTES + value.hex()


def _unpacked(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(BYTES):
        return bytes.fromhex(value.removeprefix(BYTES))
    return value


def _lower_text(value: str | None) -> str | None:
    return None if value is None else value.lower()


client_class = Client
