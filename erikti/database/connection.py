"""The database of an application: opened by it, current in its tasks; plain statements."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Token
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext, _current_context
from tortoise.transactions import in_transaction

from erikti.database.current import database
from erikti.database.dialect import Dialect, Postgres, Sqlite
from erikti.database.fair_queue import QueueKey
from erikti.database.postgres import Client as PostgresClient
from erikti.database.postgres import reset
from erikti.database.snapshots import (
    Borrowed,
    Query,
    Receive,
    Snapshot,
    SnapshotScope,
    current,
    logger,
    outside,
)
from erikti.database.sqlite import Client as SqliteClient
from erikti.database.tables import APP, MODULES
from erikti.database.uncancelled import finished, to_its_end
from erikti.sealing import Keyring

SQLITE_OPTIONS = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "synchronous": "FULL",
    "busy_timeout": "5000",
    "cache_size": "-32768",
    # A statement keeps the pages that it changes until it ends; those of a large import are many.
    "temp_store": "FILE",
}
POSTGRES_OPTIONS = {
    "minsize": 0,
    "timeout": 5,
    "statement_cache_size": 500,
    "reset": reset,
    # A lock is waited for as long as on SQLite.
    "server_settings": {"application_name": "erikti", "timezone": "UTC", "lock_timeout": "5000"},
}
DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgres": Postgres()}
Client = PostgresClient | SqliteClient
Tokens = tuple[Token[Any], ...]


def config(url: str, connections: int = 10, **limits: float | None) -> dict[str, Any]:
    """Tortoise's configuration for a database URL."""
    connection = expand_db_url(url)
    if connection["engine"] == "tortoise.backends.sqlite":
        connection["engine"] = "erikti.database.sqlite"
        connection["credentials"].update(SQLITE_OPTIONS | limits)
    else:
        connection["engine"] = "erikti.database.postgres"
        connection["credentials"].update(POSTGRES_OPTIONS | limits | {"maxsize": connections})
    # Tortoise keeps statements for good by the name of the connection: it says the dialect.
    name = connection["engine"].rpartition(".")[2]
    app = {
        "models": list(MODULES),
        "migrations": "models.migrations",
        "default_connection": name,
    }
    return {"connections": {name: connection}, "apps": {APP: app}, "use_tz": True}


class Database:
    """The database of one application; ``async with`` it to hold it open.

    Connections are made when first used and closed at the end. While it is held it is current
    in the task that opened it and in those that this task starts; elsewhere from ``enter`` to
    ``leave``.

    A server gives limits, which a command has no use for: how long a statement may take (of
    an embedded database: one that reads), how long to wait for a connection, both in seconds,
    and how many connections to a database server there may be. Values are sealed with
    ``keyring``, by default the one in use.
    """

    dialect: Dialect
    client: Client
    orm: TortoiseContext

    def __init__(
        self,
        url: str,
        *,
        keyring: Keyring | None = None,
        statement_seconds: float | None = None,
        connection_seconds: float | None = None,
        connections: int = 10,
    ) -> None:
        self._config = config(
            url,
            connections,
            statement_seconds=statement_seconds,
            connection_seconds=connection_seconds,
        )
        self.keyring = keyring
        self._held: Tokens = ()
        #: Tasks that go on to their end.
        self.uncancelled: set[asyncio.Task[Any]] = set()
        #: What Tortoise keeps of models for this kind of database.
        self.metas: dict[Any, Any] = {}

    async def __aenter__(self) -> Self:
        """Make it ready and current."""
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
        """Wait for what is still read and written, and close every connection."""
        try:
            await finished()
            await self.orm.close_connections()
        finally:
            self._reset()

    def enter(self) -> Tokens:
        """Make it current in the running task; to be given back to ``leave``.

        Raises RuntimeError where it is not open.
        """
        if not self._held:
            raise RuntimeError("the database is not open: run the lifespan of its application")
        return self._set()

    def leave(self, entered: Tokens) -> None:
        """Make current again what was so before."""
        for token in entered:
            token.var.reset(token)

    def _set(self) -> Tokens:
        entered = (database.set(self), _current_context.set(self.orm))
        return entered if current() is None else (*entered, outside())

    def _reset(self) -> None:
        held, self._held = self._held, ()
        self.leave(held)


# As ``async with`` reads it.
opened = Database


def connection() -> BaseDBAsyncClient:
    """The connection of the surrounding transaction, or else the database's own."""
    return database.get().orm.db()


def dialect() -> Dialect:
    """How the current database spells what SQL leaves open."""
    return database.get().dialect


def one_snapshot(whose: QueueKey = "") -> SnapshotScope:
    """The time of one operation of a client: ``with one_snapshot(): ...``; one state."""
    return SnapshotScope(partial(_borrow, whose))


async def _borrow(whose: QueueKey = "") -> Borrowed:
    return await database.get().client.borrow(whose)


async def fetch(sql: str, parameters: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
    """Run one statement and return its rows, from the operation's snapshot within one.

    The statement runs to its end even if the caller is cancelled: a task cancelled
    within the driver would keep its connection for ever.
    """
    if snapshot := current():
        found: Sequence[Sequence[Any]] = await snapshot.ask(Query(sql, parameters))
        return found
    logger.debug("%s", sql)
    _, rows = await to_its_end(_execute(sql, parameters))
    return rows


async def _execute(sql: str, parameters: Sequence[Any]) -> tuple[int, Sequence[Any]]:
    return await connection().execute_query(sql, list(parameters))


async def version() -> Any:
    """What is another after each commit to the database, of whatever process."""
    return await database.get().client.version()


async def read_only() -> bool:
    """Whether the current database lets nothing be written to the access log, or to anything."""
    return await database.get().client.read_only()


def answer(query: Query) -> asyncio.Future[Any]:
    """What a query comes to, from the operation's snapshot within one."""
    if snapshot := current():
        return snapshot.ask(query)
    alone = Snapshot(_borrow)
    found = alone.ask(query)
    found.add_done_callback(lambda _: alone.close())
    return found


def soon(ask: Callable[[], None]) -> None:
    """Call a function that puts queries, once others had the time to say the same."""
    if snapshot := current():
        snapshot.soon(ask)
    else:
        asyncio.get_running_loop().call_soon(ask)


def put(query: Query, receive: Receive) -> None:
    """Answer a query: ``receive`` is called with what it comes to, or with an error."""
    if snapshot := current():
        snapshot.put(query, receive)
    else:
        alone = Snapshot(_borrow)

        def receive_and_close(result: Any, error: Exception | None) -> None:
            alone.close()
            receive(result, error)

        alone.put(query, receive_and_close)


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """All or nothing; nested ones are savepoints."""
    async with in_transaction() as client:
        yield client


async def restore(client: BaseDBAsyncClient) -> None:
    """Notice that the file of an embedded database was replaced; raises OSError without one."""
    if isinstance(client, SqliteClient):
        await client.check_file()
