"""The database of an application: current in its tasks while open; and plain statements."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import Token
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext, _current_context
from tortoise.transactions import in_transaction
from typing_extensions import TypeVar

from erikti.database.current import DatabaseState, database
from erikti.database.dialect import Dialect
from erikti.database.fair_queue import QueueKey
from erikti.database.postgres import Client as PostgresClient
from erikti.database.postgres import reset
from erikti.database.postgres_dialect import Postgres
from erikti.database.rows import Row
from erikti.database.snapshots import (
    Query,
    Receive,
    Snapshot,
    SnapshotConnection,
    SnapshotScope,
    current,
    logger,
    outside,
)
from erikti.database.sqlite import Client as SqliteClient
from erikti.database.sqlite_dialect import Sqlite
from erikti.database.tables import APP, MODULES
from erikti.database.uncancelled import finished, shielded
from erikti.sealing import Keyring

SQLITE_OPTIONS = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "synchronous": "FULL",
    "busy_timeout": "5000",
    "cache_size": "-32768",
    # A statement holds the pages that it changes until it ends: many, for a large import.
    "temp_store": "FILE",
}
POSTGRES_OPTIONS = {
    "minsize": 0,
    "timeout": 5,
    "statement_cache_size": 500,
    "reset": reset,
    # The same lock timeout as on SQLite, ms.
    "server_settings": {
        "application_name": "erikti",
        "timezone": "UTC",
        "datestyle": "ISO",
        "lock_timeout": "5000",
        "jit": "off",
    },
}
DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgres": Postgres()}
Client = PostgresClient | SqliteClient
V = TypeVar("V")
# What the rows of a statement are, where its caller says so.
R = TypeVar("R", default=Sequence[Any])
Tokens = tuple[Token[Any], ...]


def config(url: str, connections: int = 10, **limits: float | None) -> dict[str, Any]:
    """Return Tortoise's configuration for a database URL."""
    connection = expand_db_url(url)
    if connection["engine"] == "tortoise.backends.sqlite":
        connection["engine"] = "erikti.database.sqlite"
        connection["credentials"].update(SQLITE_OPTIONS | limits)
    else:
        connection["engine"] = "erikti.database.postgres"
        connection["credentials"].update(POSTGRES_OPTIONS | limits | {"maxsize": connections})
    # Tortoise caches statements by the name of the connection, so the name is the dialect.
    name = connection["engine"].rpartition(".")[2]
    app = {
        "models": list(MODULES),
        "migrations": "models.migrations",
        "default_connection": name,
    }
    return {"connections": {name: connection}, "apps": {APP: app}, "use_tz": True}


class Database(DatabaseState):
    """The database of one application; open within ``async with``.

    Connections are made at first use and closed at the end. While open, the database is current
    in the task that opened it and in tasks which that task starts; elsewhere from ``enter`` to
    ``leave``.

    A server sets limits in seconds: ``statement_seconds`` for a statement (on SQLite only for
    one that reads), and ``connection_seconds`` for the wait for a connection. ``connections`` is
    the size of the pool on PostgreSQL. Values are sealed with ``keyring``, and days are those
    of the time zone ``zone``; by default the ones in use.
    """

    dialect: Dialect
    client: Client
    orm: TortoiseContext

    def __init__(
        self,
        url: str,
        *,
        keyring: Keyring | None = None,
        zone: str | None = None,
        statement_seconds: float | None = None,
        connection_seconds: float | None = None,
        connections: int = 10,
    ) -> None:
        super().__init__(keyring, zone)
        self._config = config(
            url,
            connections,
            statement_seconds=statement_seconds,
            connection_seconds=connection_seconds,
        )
        self._held: Tokens = ()

    async def __aenter__(self) -> Self:
        """Open it and make it current."""
        self.orm = TortoiseContext()
        self._held = self._set()
        try:
            await self.orm.init(config=self._config)
        except BaseException:
            self._reset()
            raise
        self.client = cast(Client, self.orm.db())
        self.dialect = DIALECTS[self.client.capabilities.dialect]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for running reads and writes, and close every connection."""
        try:
            await finished()
            await self.orm.close_connections()
        finally:
            self._reset()

    def enter(self) -> Tokens:
        """Make it current in the running task; return the tokens for ``leave``.

        Raises RuntimeError if it is not open.
        """
        if not self._held:
            raise RuntimeError("the database is not open: run the lifespan of its application")
        return self._set()

    def leave(self, entered: Tokens) -> None:
        """Restore what was current before ``enter``."""
        for token in entered:
            token.var.reset(token)

    def _set(self) -> Tokens:
        entered = (database.set(self), _current_context.set(self.orm))
        return entered if current() is None else (*entered, outside())

    def _reset(self) -> None:
        held, self._held = self._held, ()
        self.leave(held)


_current = cast(Callable[[], Database], database.get)


def connection() -> BaseDBAsyncClient:
    """Return the connection of the surrounding transaction, or else the database's own."""
    return _current().orm.db()


def dialect() -> Dialect:
    """Return the SQL dialect of the current database."""
    return _current().dialect


def one_snapshot(client_key: QueueKey = "") -> SnapshotScope:
    """All reads in the block see one state: ``with one_snapshot(): ...``."""
    return SnapshotScope(partial(_acquire, client_key))


async def _acquire(client_key: QueueKey = "") -> SnapshotConnection:
    return await _current().client.acquire_reader(client_key)


async def fetch(sql: str, parameters: Sequence[object] = ()) -> Sequence[R]:
    """Run one statement and return its rows; within an operation, from its snapshot.

    The statement completes even if the caller is cancelled: a task cancelled within the driver
    would never release its connection.
    """
    if snapshot := current():
        found: Sequence[R] = await snapshot.submit(Query(sql, parameters))
        return found
    logger.debug("%s", sql)
    _, rows = await shielded(_execute(sql, parameters))
    return rows


def fetch_alone(
    sql: str, parameters: Sequence[object] = (), client_key: QueueKey = ""
) -> Coroutine[object, object, Sequence[Row]]:
    """Run one statement that only reads, and return its rows.

    It sees one state of the database without a transaction, also within an operation. It takes
    a place of the client in the queue. A statement that would write fails.
    """
    logger.debug("%s", sql)
    return _current().client.fetch_alone(sql, parameters, client_key)


def fetch_now(
    sql: str, parameters: Sequence[object], client_key: str
) -> Coroutine[object, object, Sequence[Row]] | None:
    """Return what does the same as ``fetch_alone`` and is to be awaited at once.

    Return None if a connection or its statement is not ready. A caller that awaits it is not to be
    cancelled: it ends within the time limit of a statement.
    """
    running = _current().client.fetch_now(sql, parameters, client_key)
    if running is not None:
        logger.debug("%s", sql)
    return running


async def _execute(sql: str, parameters: Sequence[object]) -> tuple[int, Sequence[Any]]:
    return await connection().execute_query(sql, list(parameters))


async def read_only() -> bool:
    """Whether the current database rejects writes, to the access log or altogether."""
    return await _current().client.read_only()


def submit(query: Query[V]) -> asyncio.Future[V]:
    """Run a query, within an operation on its snapshot; the future has its result or error."""
    if snapshot := current():
        return snapshot.submit(query)
    single = Snapshot(_acquire)
    found = single.submit(query)
    found.add_done_callback(lambda _: single.close())
    return found


def schedule(callback: Callable[[], None]) -> None:
    """Call a function that enqueues queries, after all callbacks that were scheduled before."""
    if snapshot := current():
        snapshot.schedule(callback)
    else:
        asyncio.get_running_loop().call_soon(callback)


def enqueue(query: Query[V], receive: Receive) -> None:
    """Run a query, and call ``receive`` with its result or its error."""
    if snapshot := current():
        snapshot.enqueue(query, receive)
    else:
        single = Snapshot(_acquire)

        def receive_and_close(result: V, error: Exception | None) -> None:
            single.close()
            receive(result, error)

        single.enqueue(query, receive_and_close)


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """A transaction; a nested one is a savepoint."""
    async with in_transaction() as client:
        yield client


async def restore(client: BaseDBAsyncClient) -> None:
    """Reconnect if the file of an embedded database was replaced; raises OSError if it is gone."""
    if isinstance(client, SqliteClient):
        await client.check_file()
