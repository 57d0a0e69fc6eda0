"""Tortoise's SQLite engine, with extra SQL functions and separate reader connections."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
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
from erikti.database.uncancelled import shielded, started

BYTES = "\x01"
READERS = 4
SLOW = 0.05  # s after which the thread of a statement runs at a lower priority
NICENESS = 10  # of a slow thread: others get about ten times its processor time
GONE = -1  # a generation whose connections are not reused
READER_OPTIONS = ("busy_timeout=5000", "cache_size=-16384", "temp_store=MEMORY", "query_only=ON")


class Client(SqliteClient):
    """One connection that writes, and a few that read one state of the file.

    ``statement_seconds`` limits a statement of a reader, ``connection_seconds`` the wait for a
    reader; None: no limit.
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
        # A reader must not create a missing file.
        self._uri = f"file://{quote(os.path.abspath(file_path))}?mode=rw"
        self._folder = os.path.dirname(os.path.abspath(file_path))
        self._inode: int | None = None
        self.queue = FairQueue(READERS, connection_seconds)
        self._idle: list[aiosqlite.Connection] = []
        self._generation = 0
        self._connecting: asyncio.Task[None] | None = None
        self._statement_seconds = statement_seconds

    async def check_file(self) -> None:
        """Close connections to a file that was replaced; raises FileNotFoundError if it is gone.

        SQLite itself would go on reading the deleted file.
        """
        if self._connection is not None and os.stat(self.filename).st_ino != self._inode:
            await self.close()

    async def version(self) -> Any:
        """Return a value that changes with each commit, by any process: the state of its files."""
        return [_file_state(f"{self.filename}{end}") for end in ("", "-wal")]

    async def read_only(self) -> bool:
        """Whether writes would fail; the write-ahead log needs a writable folder."""
        return not all(map(writable, (self.filename, self._folder)))

    async def close(self) -> None:
        """Close every connection; one that is reading closes when it is released."""
        await super().close()
        self._generation += 1
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    async def create_connection(self, with_db: bool) -> None:
        """Open the connection that writes; completes even if the caller is cancelled."""
        if self._connecting is None or self._connecting.done():
            self._connecting = started(self._connect())
        await asyncio.shield(self._connecting)

    async def _connect(self) -> None:
        if self._connection is None:
            options = [f"{name}={value}" for name, value in self.pragmas.items()]
            connection = await _open_connection(self.filename, options)
            connection._conn.row_factory = sqlite3.Row
            self._inode = os.stat(self.filename).st_ino
            self._connection = connection
            await self._post_connect()

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        """Return the connection that writes, for one call by Tortoise."""
        return _WriterConnection(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(SqliteTransactionWrapper(self), self._lock)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement once for each list of values, all or nothing."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)

    async def acquire_reader(self, client_key: QueueKey = "") -> "Reader":
        """Acquire a connection for a client; it sees the file as of its first statement.

        Raises TimeoutError if none is free in time.
        """
        await self.queue.acquire(client_key)
        try:
            connection = self._idle.pop() if self._idle else await self._open()
            try:
                await connection.execute_fetchall("BEGIN")
            except BaseException:
                await connection.close()
                raise
        except BaseException:
            self.queue.release(client_key)
            raise
        return Reader(self, client_key, connection, self._generation, self._statement_seconds)

    async def _open(self) -> aiosqlite.Connection:
        os.stat(self.filename)  # if the file is missing, the driver would leak a thread
        return await _open_connection(self._uri, READER_OPTIONS, uri=True)

    async def release_reader(
        self, client_key: QueueKey, connection: aiosqlite.Connection, generation: int
    ) -> None:
        """End a reader's transaction; its connection is reused unless the file was replaced."""
        try:
            await connection.execute_fetchall("ROLLBACK")
            if generation == self._generation:
                self._idle.append(connection)
                return
        except Exception:
            pass  # the connection is unusable, and closed below
        finally:
            self.queue.release(client_key)
        await connection.close()


class Reader:
    """A connection in a transaction that only reads.

    One timer serves all its statements: a timer for each would cost more than some of them.
    """

    def __init__(
        self,
        client: Client,
        client_key: QueueKey,
        connection: aiosqlite.Connection,
        generation: int,
        seconds: float | None,
    ) -> None:
        self._client = client
        self._client_key = client_key
        self._connection = connection
        self._generation = generation
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds or 0.0
        self._began: float | None = None
        self._low_priority = False
        self._timer = self._loop.call_later(min(seconds, SLOW), self._watch) if seconds else None

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Sequence[Any]:
        """Return the rows of a statement, which is interrupted at its time limit."""
        self._began = self._loop.time()
        try:
            found = await self._connection.execute_fetchall(sql, parameters)
        finally:
            self._began = None
        return list(found) if row is None else [row(record) for record in found]

    async def release(self) -> None:
        """End the transaction and release the connection."""
        if self._timer is not None:
            self._timer.cancel()
        # An unprivileged process cannot raise the priority of a thread again.
        generation = GONE if self._low_priority else self._generation
        await self._client.release_reader(self._client_key, self._connection, generation)

    def _watch(self) -> None:
        now = self._loop.time()
        took = now - (self._began or now)
        if took >= SLOW and not self._low_priority:
            self._low_priority = lower_priority(self._connection._thread.native_id)
        if took >= self._seconds:
            self._connection._conn.interrupt()
            took = 0.0
        left = self._seconds - took
        self._timer = self._loop.call_later(
            left if self._low_priority else min(left, SLOW), self._watch
        )


class _WriterConnection(ConnectionWrapper[aiosqlite.Connection]):
    """The connection that writes, for ``async with``; a failure to connect releases the lock."""

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
    """A transaction that always ends, and always releases its lock.

    The driver's thread runs calls in order, even if their caller was cancelled, so that the
    rollback comes after all that a cancelled task has started.
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
            await shielded(self._roll_back())
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
            await shielded(self._commit())
            return
        if kind is asyncio.CancelledError:
            self.connection._connection._conn.interrupt()
        await shielded(self._roll_back())

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


def lower_priority(thread: int | None) -> bool:
    """Lower the priority of a thread of this process; return whether the system can (Linux)."""
    if thread is None or sys.platform != "linux":
        return False
    os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
    return True


def writable(path: str) -> bool:
    """Whether this process may write to a file, or create files in a folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _file_state(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


async def _open_connection(
    path: str, options: Sequence[str], uri: bool = False
) -> aiosqlite.Connection:
    """Open a connection, set its options and add the SQL functions."""
    connection = aiosqlite.connect(path, uri=uri, isolation_level=None)
    connection._thread.daemon = True  # otherwise a failed process would never end
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
    await connection.create_function("unpacked", 1, _unpacked, deterministic=True)


def packed(value: bytes) -> str:
    """Encode bytes as a JSON string for ``unpacked`` in SQL; no text may begin like it."""
    return BYTES + value.hex()


def _unpacked(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(BYTES):
        return bytes.fromhex(value.removeprefix(BYTES))
    return value


client_class = Client
