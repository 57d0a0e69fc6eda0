"""Tortoise's SQLite engine, with extra SQL functions and separate reader connections."""

import asyncio
import os
import sqlite3
from binascii import b2a_base64
from collections.abc import Sequence
from types import TracebackType
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
from erikti.database.rows import Row
from erikti.database.time_limits import RunningStatement, TimeLimits
from erikti.database.uncancelled import shielded, started

BYTES = "\x01"
READERS = 4
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
        **kwargs: object,
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
        self._limits = TimeLimits(statement_seconds)

    async def check_file(self) -> None:
        """Close connections to a file that was replaced; raises FileNotFoundError if it is gone.

        SQLite itself would go on reading the deleted file.
        """
        if self._connection is not None and os.stat(self.filename).st_ino != self._inode:
            await self.close()

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

    async def execute_many(self, query: str, values: list[list[object]]) -> None:
        """Run a statement once for each list of values, all or nothing."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)

    async def acquire_reader(self, client_key: QueueKey = "") -> "Reader":
        """Acquire a connection for a client; it sees the file as of its first statement.

        Raises TimeoutError if none is free in time.
        """
        connection = await self._take(client_key)
        generation = self._generation
        try:
            await connection.execute_fetchall("BEGIN")
        except BaseException:
            try:
                await connection.close()
            finally:
                self.queue.release(client_key)
            raise
        return Reader(self, client_key, connection, generation, self._limits)

    async def fetch_alone(
        self, sql: str, parameters: Sequence[object], client_key: QueueKey = ""
    ) -> Sequence[Row]:
        """Return the rows of a statement that is its own transaction, and only reads.

        Readers reject a statement that writes.
        """
        return await self._fetch(await self._take(client_key), sql, parameters, client_key)

    def fetch_now(self, sql: str, parameters: Sequence[object], client_key: str) -> None:
        """Return None: every statement waits for the thread of its connection."""

    async def _take(self, client_key: QueueKey) -> aiosqlite.Connection:
        """Take a reader for a client; raises TimeoutError if none is free in time."""
        await self.queue.acquire(client_key)
        try:
            while not self._idle:
                await shielded(self._open_idle())
        except BaseException:
            self.queue.release(client_key)
            raise
        return self._idle.pop()

    async def _open_idle(self) -> None:
        """Open a reader; if its caller is cancelled meanwhile, it is there for others.

        It is of no use if the file was replaced meanwhile.
        """
        generation = self._generation
        connection = await self._open()
        if generation == self._generation:
            self._idle.append(connection)
        else:
            await connection.close()

    async def _fetch(
        self,
        connection: aiosqlite.Connection,
        sql: str,
        parameters: Sequence[object],
        client_key: QueueKey,
    ) -> Sequence[Row]:
        generation, running = self._generation, self._limits.begin(connection)
        try:
            found = await connection.execute_fetchall(sql, parameters)
        except BaseException as error:
            if not isinstance(error, sqlite3.Error):
                self._limits.interrupt(running)
            if not ended_by_sqlite(error):
                generation = GONE
            raise
        finally:
            if generation == self._generation and not running.low_priority:
                self._limits.end(running)
                self._idle.append(connection)
                self.queue.release(client_key)
            else:
                started(self._close_reader(running, client_key))
        return list(found)

    async def _close_reader(self, running: RunningStatement, client_key: QueueKey) -> None:
        try:
            await running.connection.close()
        finally:
            self._limits.end(running)
            self.queue.release(client_key)

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
    """A connection in a transaction that only reads."""

    def __init__(
        self,
        client: Client,
        client_key: QueueKey,
        connection: aiosqlite.Connection,
        generation: int,
        limits: TimeLimits,
    ) -> None:
        self._client = client
        self._client_key = client_key
        self._connection = connection
        self._generation = generation
        self._limits = limits

    async def fetch(
        self, sql: str, parameters: Sequence[object], row: type | None
    ) -> Sequence[Row]:
        """Return the rows of a statement, which is interrupted at its time limit."""
        running = self._limits.begin(self._connection)
        try:
            found = await self._connection.execute_fetchall(sql, parameters)
        except BaseException as error:
            if not ended_by_sqlite(error):
                self._generation = GONE
            raise
        finally:
            self._limits.end(running)
            if running.low_priority:
                # An unprivileged process cannot raise the priority of a thread again.
                self._generation = GONE
        return list(found) if row is None else [row(record) for record in found]

    async def release(self) -> None:
        """End the transaction and release the connection."""
        await self._client.release_reader(self._client_key, self._connection, self._generation)


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

    async def __aenter__(self) -> SqliteTransactionWrapper:
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
        client: SqliteTransactionWrapper = self.connection
        return client

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


def ended_by_sqlite(error: BaseException) -> bool:
    """Whether an error of SQLite itself ended a statement.

    After an error of the driver, such as text that is not UTF-8, the statement may go on reading:
    until its cursor is collected, its connection sees no later commit.
    """
    return getattr(error, "sqlite_errorcode", None) is not None


def writable(path: str) -> bool:
    """Whether this process may write to a file, or create files in a folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


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
    await connection.create_function("global_id", 2, _global_id, deterministic=True)


def packed(value: bytes) -> str:
    """Encode bytes as a JSON string for ``unpacked`` in SQL; no text may begin like it."""
    return BYTES + value.hex()


def _unpacked(value: object) -> object:
    if isinstance(value, str) and value.startswith(BYTES):
        return bytes.fromhex(value.removeprefix(BYTES))
    return value


def _global_id(type_name: str, key: bytes | str | int | None) -> str | None:
    if isinstance(key, bytes):  # called for each row: a UUID object would cost more
        digits = key.hex()
        parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
        text = f"{type_name}:{'-'.join(parts)}"
    elif key is None:
        return None
    else:
        text = f"{type_name}:{key}"
    return b2a_base64(text.encode(), newline=False).decode()


client_class = Client
