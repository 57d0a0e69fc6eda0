"""What an error of a database or of its driver means for those who asked."""

import sqlite3

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError

# A connection that somebody else ended: another one may well do.
LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used after a farewell that the driver has not read to its end
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
AWAY = (
    *LOST,
    OSError,  # a timeout among them: nobody answered
    DBConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
)
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
PRIMARY = 0xFF  # SQLite's extended codes add to the higher bits


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database cannot be used now, and may be later.

    It cannot be reached, is silent, has no connection left, is locked, or its disk is full.
    """
    error = _cause(error)
    if isinstance(error, sqlite3.OperationalError):
        return _sqlite_code(error) in SQLITE_AWAY
    return isinstance(error, AWAY)


def is_too_slow(error: BaseException) -> bool:
    """Whether an error says that a statement took longer than it may."""
    error = _cause(error)
    if isinstance(error, sqlite3.OperationalError):
        return _sqlite_code(error) == sqlite3.SQLITE_INTERRUPT
    return isinstance(error, asyncpg.QueryCanceledError)


def _cause(error: BaseException) -> BaseException:
    """The driver's own error, which Tortoise wraps."""
    if isinstance(error, OperationalError) and error.args:
        cause = error.args[0]
        return cause if isinstance(cause, BaseException) else error
    return error


def _sqlite_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY
