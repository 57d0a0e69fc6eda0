"""The connection to the database: opened once per process, transactions, plain statements."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, OperationalError
from tortoise.transactions import in_transaction

from models import APP, MODULES
from models.dialect import Dialect, Postgres, Sqlite
from models.postgres import PostgresReader, reset
from models.snapshots import (
    Borrowed,
    Operation,
    Query,
    Receive,
    Snapshot,
    current,
    finished,
    logger,
)
from models.sqlite import Client

SQLITE_OPTIONS = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "synchronous": "FULL",
    "busy_timeout": "5000",
    "cache_size": "-32768",
    "temp_store": "MEMORY",
}
POSTGRES_OPTIONS = {
    "maxsize": 10,
    "timeout": 5,
    "command_timeout": 60,
    "statement_cache_size": 500,
    "reset": reset,
    "server_settings": {"application_name": "erikti", "timezone": "UTC"},
}
DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgres": Postgres()}
_opened: list[Dialect] = []
CONNECTION_ERRORS = (
    OSError,
    DBConnectionError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.InvalidCatalogNameError,
)


def config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for a database URL."""
    connection = expand_db_url(url)
    if connection["engine"] == "tortoise.backends.sqlite":
        connection["engine"] = "models.sqlite"
        connection["credentials"].update(SQLITE_OPTIONS)
    else:
        connection["credentials"].update(POSTGRES_OPTIONS)
    app = {
        "models": list(MODULES),
        "migrations": "models.migrations",
        "default_connection": "default",
    }
    return {"connections": {"default": connection}, "apps": {APP: app}, "use_tz": True}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    """Hold the database open; connections are made when first used and closed at the end."""
    # Tortoise keeps statements by the name of the connection, whatever database it leads to.
    EXECUTOR_CACHE.clear()
    await Tortoise.init(config=config(url), _enable_global_fallback=True)
    _opened.append(DIALECTS[connection().capabilities.dialect])
    try:
        yield
    finally:
        _opened.pop()
        await finished()
        await Tortoise.close_connections()


def connection() -> BaseDBAsyncClient:
    """The connection of the surrounding transaction, or else the process's own."""
    return get_connection("default")


def dialect() -> Dialect:
    """How the open database spells what SQL leaves open."""
    return _opened[-1]


def operation() -> Operation:
    """The time of one operation: ``with operation(): ...``; its reads see one state."""
    return Operation(_borrow)


async def _borrow() -> Borrowed:
    client = connection()
    if isinstance(client, Client):
        return await client.borrow()
    return await PostgresReader.borrow(client)


async def fetch(sql: str, parameters: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
    """Run one statement and return its rows, from the operation's snapshot within one.

    The statement runs to its end even if the caller is cancelled: a task cancelled
    within the driver would keep its connection for ever.
    """
    if snapshot := current():
        found: Sequence[Sequence[Any]] = await snapshot.ask(Query(sql, parameters))
        return found
    logger.debug("%s", sql)
    _, rows = await asyncio.shield(_execute(sql, parameters))
    return rows


async def _execute(sql: str, parameters: Sequence[Any]) -> tuple[int, Sequence[Any]]:
    return await connection().execute_query(sql, list(parameters))


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
    if isinstance(client, Client):
        await client.check_file()


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database cannot be reached."""
    if isinstance(error, OperationalError):
        error = error.args[0] if error.args else error
    if isinstance(error, sqlite3.OperationalError):
        return "unable to open" in str(error)
    return isinstance(error, CONNECTION_ERRORS)
