"""The connection to the database: opened once per process, transactions, plain statements."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

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
)
from erikti.database.sqlite import Client as SqliteClient
from erikti.database.tables import APP, MODULES
from erikti.database.uncancelled import finished, to_its_end

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
_opened: list[tuple[Dialect, Client]] = []


def config(url: str, connections: int = 10, **limits: float | None) -> dict[str, Any]:
    """Tortoise's configuration for a database URL."""
    connection = expand_db_url(url)
    if connection["engine"] == "tortoise.backends.sqlite":
        connection["engine"] = "erikti.database.sqlite"
        connection["credentials"].update(SQLITE_OPTIONS | limits)
    else:
        connection["engine"] = "erikti.database.postgres"
        connection["credentials"].update(POSTGRES_OPTIONS | limits | {"maxsize": connections})
    app = {
        "models": list(MODULES),
        "migrations": "models.migrations",
        "default_connection": "default",
    }
    return {"connections": {"default": connection}, "apps": {APP: app}, "use_tz": True}


@asynccontextmanager
async def opened(
    url: str,
    *,
    statement_seconds: float | None = None,
    connection_seconds: float | None = None,
    connections: int = 10,
) -> AsyncIterator[None]:
    """Hold the database open; connections are made when first used and closed at the end.

    A server gives limits, which a command has no use for: how long a statement may take (of
    an embedded database: one that reads), how long to wait for a connection, both in seconds,
    and how many connections to a database server there may be.
    """
    # Tortoise keeps statements by the name of the connection, whatever database it leads to.
    EXECUTOR_CACHE.clear()
    found = config(
        url,
        connections,
        statement_seconds=statement_seconds,
        connection_seconds=connection_seconds,
    )
    await Tortoise.init(config=found, _enable_global_fallback=True)
    client = cast(Client, connection())
    _opened.append((DIALECTS[client.capabilities.dialect], client))
    try:
        yield
    finally:
        await finished()
        _opened.pop()
        await Tortoise.close_connections()


def connection() -> BaseDBAsyncClient:
    """The connection of the surrounding transaction, or else the process's own."""
    return get_connection("default")


def dialect() -> Dialect:
    """How the open database spells what SQL leaves open."""
    return _opened[-1][0]


def one_snapshot(whose: QueueKey = "") -> SnapshotScope:
    """The time of one operation of a client: ``with operation(): ...``; its reads see one state."""
    return SnapshotScope(partial(_borrow, whose))


async def _borrow(whose: QueueKey = "") -> Borrowed:
    return await _opened[-1][1].borrow(whose)


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
    return await _opened[-1][1].version()


async def read_only() -> bool:
    """Whether the open database lets nothing be written to the access log, or to anything."""
    return await _opened[-1][1].read_only()


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
    async with in_transaction("default") as client:
        yield client


async def restore(client: BaseDBAsyncClient) -> None:
    """Notice that the file of an embedded database was replaced; raises OSError without one."""
    if isinstance(client, SqliteClient):
        await client.check_file()
