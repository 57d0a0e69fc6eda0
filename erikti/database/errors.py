"""What an error of a database or of its driver means for those who asked."""

import socket
import sqlite3
import ssl

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

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
# Why a database cannot be used now, in words that hold no data and no address: the first that
# fits. All may be put right while the caller waits.
CAUSES: dict[type[BaseException], str] = {
    socket.gaierror: "its host name cannot be resolved",
    ConnectionRefusedError: "it refuses the connection",
    ssl.SSLError: "its TLS is not good",
    TimeoutError: "it does not answer",
    FileNotFoundError: "it is not there",
    asyncpg.InvalidCatalogNameError: "there is no such database",
    asyncpg.InvalidPasswordError: "it refuses the password",
    asyncpg.InvalidAuthorizationSpecificationError: "it refuses the role or its way to connect",
    asyncpg.ReadOnlySQLTransactionError: "it is read-only",
    asyncpg.LockNotAvailableError: "it is locked by another process",
    asyncpg.CannotConnectNowError: "it is starting or stopping",
    asyncpg.DiskFullError: "its disk is full",
    asyncpg.TooManyConnectionsError: "it has no connection left",
    asyncpg.InsufficientResourcesError: "it is short of memory or disk",
    **dict.fromkeys(LOST, "it cannot be reached"),
    OSError: "it cannot be reached",
    DBConnectionError: "there is no such database",
}
OF_SCHEMA = "permission denied for schema"
ON_SCHEMAS = "it takes USAGE, and CREATE to migrate"
REFUSED_TLS = "rejected SSL upgrade"  # the driver has no error of its own for it
SQLITE_CAUSES = {
    sqlite3.SQLITE_BUSY: "it is locked by another process",
    sqlite3.SQLITE_LOCKED: "it is locked by another process",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_IOERR: "its file cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_PERM: "its file cannot be opened",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_NOTADB: "its file is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
}
PRIMARY = 0xFF  # SQLite's extended codes add to the higher bits


class BusyError(Exception):
    """Another process wrote to the database for as long as there was patience."""


def cause(error: BaseException) -> str | None:
    """Why the database cannot be used now, and may be later; None for any other error.

    It cannot be reached, is silent, has no connection left, is locked, its disk is full, it is
    read-only, or the role lacks a right.
    """
    error = _of_driver(error)
    if isinstance(error, sqlite3.Error):
        return SQLITE_CAUSES.get(_sqlite_code(error))
    if isinstance(error, ConnectionError) and REFUSED_TLS in str(error):
        return "it refuses TLS"
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        reason = str(error.args[0])  # which names a table or schema
        right = f": {ON_SCHEMAS}" if OF_SCHEMA in reason else ""
        return f"the role lacks a right ({reason}{right})"
    return next((text for kind, text in CAUSES.items() if isinstance(error, kind)), None)


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database cannot be used now, and may be later."""
    return cause(error) is not None


def is_busy(error: BaseException) -> bool:
    """Whether an error says that another process writes to the database."""
    error = _of_driver(error)
    if isinstance(error, sqlite3.Error):
        return _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(error, asyncpg.LockNotAvailableError)


def is_too_slow(error: BaseException) -> bool:
    """Whether an error says that a statement took longer than it may."""
    error = _of_driver(error)
    if isinstance(error, sqlite3.OperationalError):
        return _sqlite_code(error) == sqlite3.SQLITE_INTERRUPT
    return isinstance(error, asyncpg.QueryCanceledError)


def _of_driver(error: BaseException) -> BaseException:
    """The driver's own error, which Tortoise wraps."""
    if isinstance(error, (OperationalError, TransactionManagementError)) and error.args:
        wrapped = error.args[0]
        return wrapped if isinstance(wrapped, BaseException) else error
    return error


def _sqlite_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY
