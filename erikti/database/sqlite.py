"""Tortoise's SQLite engine with the functions that SQLite lacks, and readers of their own."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import quote

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections

from erikti.database.fair_queue import FairQueue, QueueKey
from erikti.database.uncancelled import started, to_its_end

BYTES = "\x01"
READERS = 4
SLOW = 0.05  # s after which what a statement takes of the processor is what others leave
NICENESS = 10  # of a thread that gives way: others come before it ten to one
GONE = -1  # of which no connection is kept
LAST_UPPER = 0x1E921  # the last letter of Unicode that has a lower case
READER_OPTIONS = ("busy_timeout=5000", "cache_size=-16384", "temp_store=MEMORY", "query_only=ON")


class Client(SqliteClient):
    """The connection that writes, and a few that read the file as it was at one moment.

    ``statement_seconds`` is the longest that a statement of a reader may take, and
    ``connection_seconds`` the longest to wait for a reader; None: as long as it takes.
    """

    def __init__(
        self,
        file_path: str,
        *,
        statement_seconds: float | None = None,
        connection_seconds: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(file_path, **kwargs)
        # A reader must not make the file that it does not find.
        self._uri = f"file://{quote(os.path.abspath(file_path))}?mode=rw"
        self._folder = os.path.dirname(os.path.abspath(file_path))
        self._inode: int | None = None
        self.turns = FairQueue(READERS, connection_seconds)
        self._idle: list[aiosqlite.Connection] = []
        self._generation = 0
        self._connecting: asyncio.Task[None] | None = None
        self._statement_seconds = statement_seconds

    async def check_file(self) -> None:
        """Let go of a file that was replaced; raises FileNotFoundError where there is none.

        SQLite itself would go on reading the file that is no longer there.
        """
        if self._connection is not None and os.stat(self.filename).st_ino != self._inode:
            await self.close()

    async def version(self) -> Any:
        """What is another after each commit, of whatever process: how its files look."""
        return [_look(f"{self.filename}{end}") for end in ("", "-wal")]

    async def read_only(self) -> bool:
        """Whether nothing can be written: the folder takes the log of what is written."""
        return not all(map(writable, (self.filename, self._folder)))

    async def close(self) -> None:
        """Close every connection; one that is reading is closed when it is given back."""
        await super().close()
        self._generation += 1
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    async def create_connection(self, with_db: bool) -> None:
        """Open the connection that writes, in full even if the caller is cancelled."""
        if self._connecting is None or self._connecting.done():
            self._connecting = started(self._connect())
        await asyncio.shield(self._connecting)

    async def _connect(self) -> None:
        if self._connection is None:
            options = [f"{name}={value}" for name, value in self.pragmas.items()]
            connection = await _opened(self.filename, options)
            connection._conn.row_factory = sqlite3.Row
            self._inode = os.stat(self.filename).st_ino
            self._connection = connection
            await self._post_connect()

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        """The connection that writes, for one call of Tortoise's."""
        return _Turn(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(SqliteTransactionWrapper(self), self._lock)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement once for each list of values, all or nothing."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)

    async def borrow(self, whose: QueueKey = "") -> "Reader":
        """A connection for a client that sees the file as it is at its first statement.

        Raises TimeoutError where none is to be had in time.
        """
        await self.turns.take(whose)
        try:
            connection = self._idle.pop() if self._idle else await self._open()
            try:
                await connection.execute_fetchall("BEGIN")
            except BaseException:
                await connection.close()
                raise
        except BaseException:
            self.turns.give_back(whose)
            raise
        return Reader(self, whose, connection, self._generation, self._statement_seconds)

    async def _open(self) -> aiosqlite.Connection:
        os.stat(self.filename)  # or the driver would leave a thread behind that found no file
        return await _opened(self._uri, READER_OPTIONS, uri=True)

    async def take_back(
        self, whose: QueueKey, connection: aiosqlite.Connection, generation: int
    ) -> None:
        """End a reader's transaction, and keep its connection unless the file was left."""
        try:
            await connection.execute_fetchall("ROLLBACK")
            if generation == self._generation:
                self._idle.append(connection)
                return
        except Exception:
            pass  # whatever it was, the connection is of no more use
        finally:
            self.turns.give_back(whose)
        await connection.close()


class Reader:
    """A connection inside a transaction that only reads.

    One timer watches over all its statements: one for each would cost more than some of them.
    """

    def __init__(
        self,
        client: Client,
        whose: QueueKey,
        connection: aiosqlite.Connection,
        generation: int,
        seconds: float | None,
    ) -> None:
        self._client = client
        self._whose = whose
        self._connection = connection
        self._generation = generation
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds or 0.0
        self._began: float | None = None
        self._lowered = False
        self._timer = self._loop.call_later(min(seconds, SLOW), self._watch) if seconds else None

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Sequence[Any]:
        """The rows of a statement, which is interrupted once it has taken too long."""
        self._began = self._loop.time()
        try:
            found = await self._connection.execute_fetchall(sql, parameters)
        finally:
            self._began = None
        return list(found) if row is None else [row(record) for record in found]

    async def give_back(self) -> None:
        """Let others have the connection."""
        if self._timer is not None:
            self._timer.cancel()
        # A thread that gave way cannot take that back.
        generation = GONE if self._lowered else self._generation
        await self._client.take_back(self._whose, self._connection, generation)

    def _watch(self) -> None:
        now = self._loop.time()
        took = now - (self._began or now)
        if took >= SLOW and not self._lowered:
            self._lowered = lowered(self._connection._thread.native_id)
        if took >= self._seconds:
            self._connection._conn.interrupt()
            took = 0.0
        left = self._seconds - took
        self._timer = self._loop.call_later(left if self._lowered else min(left, SLOW), self._watch)


class _Turn(ConnectionWrapper[aiosqlite.Connection]):
    """``async with`` the connection that writes; its lock is free again if that is not there."""

    async def __aenter__(self) -> aiosqlite.Connection:
        await self._lock.acquire()
        try:
            if self.client._connection is None:
                await self.client.create_connection(with_db=True)
        except BaseException:
            self._lock.release()
            raise
        connection: aiosqlite.Connection = self.client._connection
        return connection


class _Transaction(SqliteTransactionContext):
    """A transaction that is ended, and its lock released, come what may.

    The driver's thread does what it is told in order, whether or not anybody waits for it:
    what is told last, to roll back, comes after whatever a cancelled task has left behind.
    """

    async def __aenter__(self) -> Any:
        await self._trxlock.acquire()
        try:
            parent = self.connection._parent
            if parent._connection is None:
                await parent.create_connection(with_db=True)
            self.connection._connection = parent._connection
            await self.connection.begin()
        except BaseException:
            await to_its_end(self._roll_back())
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        get_connections().reset(self.token)
        if kind is None and not self.connection._finalized:
            await to_its_end(self._commit())
            return
        if kind is asyncio.CancelledError:
            self.connection._connection._conn.interrupt()
        await to_its_end(self._roll_back())

    async def _commit(self) -> None:
        try:
            await self.connection.commit()
        except BaseException:
            await self._roll_back()
            raise
        self._trxlock.release()

    async def _roll_back(self) -> None:
        connection: aiosqlite.Connection | None = self.connection._connection
        try:
            if connection is not None:
                await connection.rollback()
        except Exception:
            self.connection._parent._connection = None
            assert connection is not None
            await connection.close()
        finally:
            self._trxlock.release()


def lowered(thread: int | None) -> bool:
    """Let a thread of this process give way to all others, where the system can (Linux)."""
    if thread is None or sys.platform != "linux":
        return False
    os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
    return True


def writable(path: str) -> bool:
    """Whether this process may write to a file, or make files in a folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _look(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


async def _opened(path: str, options: Sequence[str], uri: bool = False) -> aiosqlite.Connection:
    """A connection with its options set and our functions known."""
    connection = aiosqlite.connect(path, uri=uri, isolation_level=None)
    connection._thread.daemon = True  # or a process that failed would never end
    await connection
    try:
        for option in options:
            await connection.execute_fetchall(f"PRAGMA {option}")
        await _add_functions(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _add_functions(connection: aiosqlite.Connection) -> None:
    for name, function in (("containing", _containing), ("unpacked", _unpacked)):
        await connection.create_function(name, 1, function, deterministic=True)


def packed(value: bytes) -> str:
    """Bytes as a JSON string that ``unpacked`` knows again; no text may begin like it."""
    return BYTES + value.hex()


def _unpacked(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(BYTES):
        return bytes.fromhex(value.removeprefix(BYTES))
    return value


def _containing(text: str | None) -> str | None:
    """The pattern of GLOB that fits what contains a text, in upper or lower case.

    It is made once for a statement, and SQLite compares without holding Python's lock, as a
    function that folds the text of each record would.
    """
    return None if text is None else f"*{''.join(map(_either_case, text))}*"


def _either_case(character: str) -> str:
    found = _cases().get(character.lower()[0], character)
    return f"[{found}]" if len(found) > 1 or found in "*?[" else found


@cache
def _cases() -> Mapping[str, str]:
    """All characters of which this one is the lower case, itself among them."""
    found: dict[str, str] = {}
    for upper in map(chr, range(LAST_UPPER + 1)):
        if (lower := upper.lower()[0]) != upper:
            found[lower] = found.get(lower, lower) + upper
    return found


client_class = Client
