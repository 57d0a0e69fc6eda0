"""PostgreSQL: a pool that no frozen server and no cancelled task can take connections from."""

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
from erikti.database.uncancelled import to_its_end

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Of a standby, of a database or role that was made so, and of a role that may only read.
READ_ONLY = """
SELECT current_setting('transaction_read_only')::bool
    OR NOT has_table_privilege('access_records', 'INSERT')
    OR NOT has_table_privilege('access_persons', 'INSERT')
"""
LONGEST_STATEMENT = 60.0  # s, where no limit is given
GRACE = 0.25  # s that the server has to end a statement itself, before it counts as silent
CLOSING = 1.0  # s for a farewell to the server
IDLE = 60.0  # s that the server lets a transaction be idle

Failure = BaseException | None


class Connection(asyncpg.Connection):  # type: ignore[misc,type-arg,unused-ignore]
    """A connection that is closed in bounded time, whether or not the server listens."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Take leave of the server, or do without."""
        with suppress(OSError, asyncpg.InterfaceError):
            await super().close(timeout=timeout or CLOSING)


class Client(AsyncpgDBClient):
    """Tortoise's client, with an end to every wait.

    ``statement_seconds`` is the longest that a statement may take, and
    ``connection_seconds`` the longest to wait for a connection; None: as long as it takes.
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
        self.patience = connection_seconds
        # One connection is left for what is not read for a client.
        self.turns = FairQueue(max(options["maxsize"] - 1, 1), connection_seconds)

    async def take(self) -> Any:
        """A connection of the pool; raises TimeoutError where none is to be had in time."""
        async with asyncio.timeout(self.patience):
            return await self._take()

    async def _take(self) -> Any:
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        assert self._pool is not None
        return await self._pool.acquire()

    async def give_back(self, connection: Any, failure: Failure) -> None:
        """Let others have a connection, unless it failed in a way that makes it useless."""
        if isinstance(failure, TimeoutError):
            # The server is silent; what is idle in the pool will hardly do better.
            connection.terminate()
            if self._pool is not None:
                await self._pool.expire_connections()
        elif self._pool is None:
            connection.terminate()
        else:
            await self._pool.release(connection)

    async def borrow(self, whose: QueueKey = "") -> "Reader":
        """A connection for a client, in a transaction that reads.

        One that was lost while idle is replaced.
        """
        await self.turns.take(whose)
        try:
            for _ in range(self.pool_maxsize):
                connection = await self.take()
                with suppress(*LOST):
                    return await self._begin(whose, connection)
            return await self._begin(whose, await self.take())
        except BaseException:
            self.turns.give_back(whose)
            raise

    async def _begin(self, whose: QueueKey, connection: Any) -> "Reader":
        try:
            await connection.execute(BEGIN)
        except TimeoutError as silence:
            await self.give_back(connection, silence)
            raise
        except BaseException:
            connection.terminate()
            raise
        return Reader(self, whose, connection)

    async def version(self) -> Any:
        """What is another after each commit, of whatever process: which transactions are seen."""
        _, rows = await to_its_end(self.execute_query("SELECT pg_current_snapshot()::text"))
        return rows[0][0]

    async def read_only(self) -> bool:
        """Whether the server, or the rights of the role, let nothing be written."""
        _, rows = await to_its_end(self.execute_query(READ_ONLY))
        return bool(rows[0][0])

    def acquire_connection(self) -> Any:
        """A connection for one call of Tortoise's."""
        return _Loan(self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement once for each list of values, all or nothing."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)


class Reader:
    """A connection inside a transaction that only reads, from one state of the database."""

    def __init__(self, client: Client, whose: QueueKey, connection: Any) -> None:
        self._client = client
        self._whose = whose
        self._connection = connection
        self._failure: Exception | None = None

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Sequence[Any]:
        """The rows of a statement; after one that failed all others fail like it.

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

    async def give_back(self) -> None:
        """End the transaction and let others have the connection."""
        try:
            await self._end()
        finally:
            self._client.turns.give_back(self._whose)

    async def _end(self) -> None:
        if isinstance(self._failure, TimeoutError):
            await self._client.give_back(self._connection, self._failure)
            return
        try:
            await self._connection.execute("ROLLBACK")
        except BaseException as error:
            self._connection.terminate()
            await self._client.give_back(self._connection, error)
            raise
        await self._client.give_back(self._connection, None)


class _Loan:
    """``async with`` a connection of the pool."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        self._connection = await self._client.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Failure, trace: TracebackType | None
    ) -> None:
        await self._client.give_back(self._connection, error)


class _Transaction(TransactionContext):
    """A transaction that is ended, and its connection given back, come what may."""

    def __init__(self, parent: Client) -> None:
        self._parent = parent
        self.client: TransactionWrapper = TransactionWrapper(parent)
        self._connection: Any = None

    async def __aenter__(self) -> TransactionWrapper:
        self._connection = await self._parent.take()
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
        await to_its_end(self._end(error))

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
            await self._parent.give_back(self._connection, error)
            if failure is None:
                raise
        else:
            await self._parent.give_back(self._connection, failure)


async def reset(connection: Any) -> None:
    """What makes a connection ready for its next borrower: nothing.

    The driver ends a transaction that was left open. Its own reset, of settings and
    listeners that nobody here changes for longer, would cost as much as several statements.
    """


client_class = Client
