"""PostgreSQL: a connection pool that leaks nothing to unresponsive servers or cancelled tasks."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext
from tortoise.connection import get_connections

from erikti.database.errors import LOST
from erikti.database.fair_queue import FairQueue, QueueKey
from erikti.database.rows import Row
from erikti.database.sessions import Connection, Session, Sessions
from erikti.database.uncancelled import shielded, started

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_ALONE = "BEGIN READ ONLY"
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
# The statement must be prepared again, as the connection or its plan was lost.
STALE = (
    *LOST,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)


class ClosingConnection(asyncpg.Connection):  # type: ignore[misc,type-arg,unused-ignore]
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

    connection_class = ClosingConnection

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
        self.sessions = Sessions(self._retire)
        self._waiting = 0

    async def acquire(self) -> Session:
        """Acquire a connection; raises TimeoutError if none is free in time."""
        while session := self.sessions.pop():
            if not session.is_closed():
                return session
            await self._return(session)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._connection_seconds):
                connection = await self._acquire()
        finally:
            self._waiting -= 1
        return Session(connection)

    async def _acquire(self) -> Connection:
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        assert self._pool is not None
        connection: Connection = await self._pool.acquire()
        return connection

    async def release(self, session: Session, failure: Failure) -> None:
        """Release a connection, or close it if the server did not respond."""
        if isinstance(failure, TimeoutError):
            # The server does not respond: idle connections are suspect too.
            for suspect in (session, *self.sessions.clear()):
                suspect.terminate()
            if self._pool is not None:
                await self._pool.expire_connections()
        elif failure is None and self._is_reusable(session):
            self.sessions.append(session)
        else:
            await self._return(session)

    def _is_reusable(self, session: Session) -> bool:
        """Whether a session may stay outside of the pool, for whose connections nothing waits."""
        return not (
            self._waiting
            or self._pool is None
            or self._pool.is_closing()
            or session.is_closed()
            or session.connection.is_in_transaction()
            or session.is_old()
        )

    async def _return(self, session: Session) -> None:
        """Return a connection to the pool, which checks and resets it."""
        if self._pool is None:
            session.terminate()
            return
        try:
            await self._pool.release(session.connection)
        except asyncpg.InterfaceError:  # that pool is closed
            session.terminate()

    def _retire(self, session: Session) -> None:
        started(self._return(session))

    async def close(self) -> None:
        """Close every connection, after the statements that run."""
        self._waiting += 1
        try:
            for session in self.sessions.clear():
                await self._return(session)
            await super().close()
        finally:
            self._waiting -= 1

    async def acquire_reader(self, client_key: QueueKey = "") -> "Reader":
        """Acquire a connection for a client, in a transaction that only reads."""
        await self.queue.acquire(client_key)
        try:
            return Reader(self, client_key, await self.begin(BEGIN))
        except BaseException:
            self.queue.release(client_key)
            raise

    async def begin(self, sql: str) -> Session:
        """Begin a transaction; connections that were lost while idle are replaced."""
        for _ in range(self.pool_maxsize):
            session = await self.acquire()
            with suppress(*LOST):
                return await self._begin(sql, session)
        return await self._begin(sql, await self.acquire())

    async def _begin(self, sql: str, session: Session) -> Session:
        try:
            await session.connection.execute(sql)
        except TimeoutError as error:
            await self.release(session, error)
            raise
        except BaseException:
            session.terminate()
            raise
        return session

    async def end(self, session: Session, failure: Failure) -> None:
        """End a transaction that only reads, and release its connection."""
        if isinstance(failure, TimeoutError):
            await self.release(session, failure)
            return
        try:
            await session.connection.execute("ROLLBACK")
        except BaseException as error:
            session.terminate()
            await self.release(session, error)
            raise
        await self.release(session, None)

    async def fetch_alone(
        self, sql: str, parameters: Sequence[object], client_key: QueueKey = ""
    ) -> Sequence[Row]:
        """Return the rows of a statement that is its own transaction, and only reads.

        If it is not prepared yet, it runs in a transaction that only reads. There PostgreSQL
        rejects a statement that writes, so that it is never prepared.
        """
        await self.queue.acquire(client_key)
        # The driver would open another connection to cancel a statement, which ends soon anyway.
        return await shielded(self._fetch(sql, parameters, client_key))

    def fetch_now(
        self, sql: str, parameters: Sequence[object], client_key: str
    ) -> Coroutine[object, object, Sequence[Row]] | None:
        """Return what does the same as ``fetch_alone`` and is to be awaited at once.

        Return None if the client would wait, or if the statement is not prepared. There is no task
        for the statement, so the driver has to cancel it if its caller is cancelled.
        """
        session = self.sessions.with_statement(sql)
        if session is None:
            return None
        if not self.queue.take(client_key):
            self.sessions.append(session)
            return None
        return self._fetch_prepared(session, sql, parameters, client_key)

    async def _fetch(
        self, sql: str, parameters: Sequence[object], client_key: QueueKey
    ) -> Sequence[Row]:
        session = self.sessions.with_statement(sql)
        if session is None:
            return await self._fetch_first(sql, parameters, client_key)
        return await self._fetch_prepared(session, sql, parameters, client_key)

    async def _fetch_prepared(
        self, session: Session, sql: str, parameters: Sequence[object], client_key: QueueKey
    ) -> Sequence[Row]:
        try:
            rows = await session.run(sql, parameters)
        except STALE as error:
            if isinstance(error, asyncpg.OutdatedSchemaCacheError):
                await session.connection.reload_schema_state()
            return await self._fetch_first(sql, parameters, client_key, session)
        except BaseException as error:
            await self._settle(session, error, client_key)
            raise
        if self._waiting or session.is_old():
            await self._settle(session, None, client_key)
        else:
            self.sessions.append(session)
            self.queue.release(client_key)
        return rows

    async def _fetch_first(
        self,
        sql: str,
        parameters: Sequence[object],
        client_key: QueueKey,
        stale: Session | None = None,
    ) -> Sequence[Row]:
        try:
            if stale is not None:
                await self._return(stale)
            session = await self.begin(BEGIN_ALONE)
            try:
                statement = await session.connection.prepare(sql)
                rows = await statement.fetch(*parameters)
            except BaseException as error:
                with suppress(*LOST):
                    await self.end(session, error)
                raise
            session.keep(sql, statement)
            await self.end(session, None)
        finally:
            self.queue.release(client_key)
        return rows

    async def _settle(self, session: Session, failure: Failure, client_key: QueueKey) -> None:
        """Release a connection, which remains usable after an error of the server."""
        try:
            usable = isinstance(failure, asyncpg.PostgresError)
            await self.release(session, None if usable else failure)
        finally:
            self.queue.release(client_key)

    async def read_only(self) -> bool:
        """Whether the server, or the privileges of the role, reject writes."""
        _, rows = await shielded(self.execute_query(READ_ONLY))
        return bool(rows[0][0])

    def acquire_connection(self) -> Any:
        """Return a connection for one call by Tortoise."""
        return _PooledConnection(self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def execute_many(self, query: str, values: list[list[object]]) -> None:
        """Run a statement once for each list of values, all or nothing."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)


class Reader:
    """A connection in a transaction that only reads, on one state of the database."""

    def __init__(self, client: Client, client_key: QueueKey, session: Session) -> None:
        self._client = client
        self._client_key = client_key
        self._session = session
        self._failure: Exception | None = None

    async def fetch(
        self, sql: str, parameters: Sequence[object], row: type | None
    ) -> Sequence[Row]:
        """Return the rows of a statement; after a failure all others fail with the same error.

        PostgreSQL ends the transaction with the first error, and a savepoint for each
        statement would cost as much as the statement.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return await self._session.connection.fetch(sql, *parameters, record_class=row)
        except Exception as error:
            self._failure = error
            raise

    async def release(self) -> None:
        """End the transaction and release the connection."""
        try:
            await self._client.end(self._session, self._failure)
        finally:
            self._client.queue.release(self._client_key)


class _PooledConnection:
    """A connection of the pool, for ``async with``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __aenter__(self) -> Connection:
        self._session = await self._client.acquire()
        return self._session.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Failure, trace: TracebackType | None
    ) -> None:
        await self._client.release(self._session, error)


class _Transaction(TransactionContext):
    """A transaction that always ends, and always releases its connection."""

    def __init__(self, parent: Client) -> None:
        self._parent = parent
        self.client: TransactionWrapper = TransactionWrapper(parent)

    async def __aenter__(self) -> TransactionWrapper:
        self._session = await self._parent.acquire()
        self.client._connection = self._session.connection
        try:
            await self.client.begin()
        except BaseException:
            self._session.terminate()
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
            self._session.terminate()
            await self._parent.release(self._session, error)
            if failure is None:
                raise
        else:
            await self._parent.release(self._session, failure)


async def reset(connection: object) -> None:
    """Do nothing when a connection returns to the pool.

    The driver ends open transactions. Its own reset also undoes settings and listeners, which
    are never changed for longer here, and would cost as much as several statements.
    """


client_class = Client
