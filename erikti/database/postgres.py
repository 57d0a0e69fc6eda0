"""PostgreSQL: a connection pool that leaks nothing to unresponsive servers or cancelled tasks."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext
from tortoise.connection import get_connections

from erikti.database.errors import LOST
from erikti.database.fair_queue import FairQueue, QueueKey
from erikti.database.uncancelled import shielded

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# True on a standby, for a database or role set to read only, and for a role without INSERT.
READ_ONLY = """
SELECT current_setting('transaction_read_only')::bool
    OR NOT has_table_privilege('access_records', 'INSERT')
    OR NOT has_table_privilege('access_persons', 'INSERT')
"""
LONGEST_STATEMENT = 60.0  # s, without a limit
GRACE = 0.25  # s for the server to end a statement itself, before it counts as unresponsive
CLOSING = 1.0  # s to close a connection
IDLE = 60.0  # s after which the server ends an idle transaction

Failure = BaseException | None


class Connection(asyncpg.Connection):  # type: ignore[misc,type-arg,unused-ignore]
    """A connection that closes in bounded time, even if the server does not respond."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Close the connection; failures and timeouts are ignored."""
        with suppress(OSError, asyncpg.InterfaceError):
            await super().close(timeout=timeout or CLOSING)


class Client(AsyncpgDBClient):
    """Tortoise's client, with a timeout for every wait.

    ``statement_seconds`` limits a statement, ``connection_seconds`` the wait for a connection;
    None: no limit.
    """

    connection_class = Connection

    def __init__(
        self,
        *arguments: Any,
        statement_seconds: float | None = None,
        connection_seconds: float | None = None,
        **options: Any,
    ) -> None:
        settings = dict(options.pop("server_settings", None) or {})
        longest = LONGEST_STATEMENT
        if statement_seconds is not None:
            longest = statement_seconds + GRACE
            settings["statement_timeout"] = f"{statement_seconds * 1000:.0f}"
            settings["idle_in_transaction_session_timeout"] = f"{IDLE * 1000:.0f}"
        options |= {"command_timeout": longest, "server_settings": settings}
        super().__init__(*arguments, **options)
        self._connection_seconds = connection_seconds
        # One connection remains for reads that belong to no client.
        self.queue = FairQueue(max(options["maxsize"] - 1, 1), connection_seconds)

    async def acquire(self) -> Any:
        """Acquire a connection of the pool; raises TimeoutError if none is free in time."""
        async with asyncio.timeout(self._connection_seconds):
            return await self._acquire()

    async def _acquire(self) -> Any:
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        assert self._pool is not None
        return await self._pool.acquire()

    async def release(self, connection: Any, failure: Failure) -> None:
        """Return a connection to the pool, or close it if the server did not respond."""
        if isinstance(failure, TimeoutError):
            # The server does not respond: idle connections of the pool are suspect too.
            connection.terminate()
            if self._pool is not None:
                await self._pool.expire_connections()
        elif self._pool is None:
            connection.terminate()
        else:
            await self._pool.release(connection)

    async def acquire_reader(self, client_key: QueueKey = "") -> "Reader":
        """Acquire a connection for a client, in a transaction that only reads.

        Connections that were lost while idle are replaced.
        """
        await self.queue.acquire(client_key)
        try:
            for _ in range(self.pool_maxsize):
                connection = await self.acquire()
                with suppress(*LOST):
                    return await self._begin(client_key, connection)
            return await self._begin(client_key, await self.acquire())
        except BaseException:
            self.queue.release(client_key)
            raise

    async def _begin(self, client_key: QueueKey, connection: Any) -> "Reader":
        try:
            await connection.execute(BEGIN)
        except TimeoutError as error:
            await self.release(connection, error)
            raise
        except BaseException:
            connection.terminate()
            raise
        return Reader(self, client_key, connection)

    async def version(self) -> Any:
        """Return a value that changes with each commit by any process: visible transactions."""
        _, rows = await shielded(self.execute_query("SELECT pg_current_snapshot()::text"))
        return rows[0][0]

    async def read_only(self) -> bool:
        """Whether the server, or the privileges of the role, reject writes."""
        _, rows = await shielded(self.execute_query(READ_ONLY))
        return bool(rows[0][0])

    def acquire_connection(self) -> Any:
        """Return a connection for one call by Tortoise."""
        return _PooledConnection(self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement once for each list of values, all or nothing."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)


class Reader:
    """A connection in a transaction that only reads, on one state of the database."""

    def __init__(self, client: Client, client_key: QueueKey, connection: Any) -> None:
        self._client = client
        self._client_key = client_key
        self._connection = connection
        self._failure: Exception | None = None

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Sequence[Any]:
        """Return the rows of a statement; after a failure all others fail with the same error.

        PostgreSQL ends the transaction with the first error, and a savepoint for each
        statement would cost as much as the statement.
        """
        if self._failure is not None:
            raise self._failure
        try:
            found: Sequence[Any] = await self._connection.fetch(sql, *parameters, record_class=row)
        except Exception as error:
            self._failure = error
            raise
        return found

    async def release(self) -> None:
        """End the transaction and release the connection."""
        try:
            await self._end()
        finally:
            self._client.queue.release(self._client_key)

    async def _end(self) -> None:
        if isinstance(self._failure, TimeoutError):
            await self._client.release(self._connection, self._failure)
            return
        try:
            await self._connection.execute("ROLLBACK")
        except BaseException as error:
            self._connection.terminate()
            await self._client.release(self._connection, error)
            raise
        await self._client.release(self._connection, None)


class _PooledConnection:
    """A connection of the pool, for ``async with``."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        self._connection = await self._client.acquire()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Failure, trace: TracebackType | None
    ) -> None:
        await self._client.release(self._connection, error)


class _Transaction(TransactionContext):
    """A transaction that always ends, and always releases its connection."""

    def __init__(self, parent: Client) -> None:
        self._parent = parent
        self.client: TransactionWrapper = TransactionWrapper(parent)
        self._connection: Any = None

    async def __aenter__(self) -> TransactionWrapper:
        self._connection = await self._parent.acquire()
        self.client._connection = self._connection
        try:
            await self.client.begin()
        except BaseException:
            self._connection.terminate()
            raise
        self._token = get_connections().set(self.client.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Failure, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self._token)
        await shielded(self._end(error))

    async def _end(self, failure: Failure) -> None:
        try:
            if self.client._finalized:
                pass
            elif failure is None:
                await self.client.commit()
            else:
                await self.client.rollback()
        except Exception as error:
            self._connection.terminate()
            await self._parent.release(self._connection, error)
            if failure is None:
                raise
        else:
            await self._parent.release(self._connection, failure)


async def reset(connection: Any) -> None:
    """Do nothing when a connection returns to the pool.

    The driver ends open transactions. Its own reset also undoes settings and listeners, which
    are never changed for longer here, and would cost as much as several statements.
    """


client_class = Client
