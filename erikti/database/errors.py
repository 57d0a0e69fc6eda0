"""Classification of the errors of databases and drivers."""

import socket
import sqlite3
import ssl

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

# The connection was closed by the server or the network: a new one may work.
LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used after a close that the driver has not finished reading
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
# Why a database cannot be used now, without data or addresses; the first match counts. Each
# cause may pass while the caller waits.
CAUSES: dict[type[BaseException], str] = {
    socket.gaierror: "its host name cannot be resolved",
    ConnectionRefusedError: "it refuses the connection",
    ssl.SSLError: "the TLS handshake failed",
    TimeoutError: "it does not respond",
    FileNotFoundError: "it is not there",
    asyncpg.InvalidCatalogNameError: "there is no such database",
    asyncpg.InvalidPasswordError: "it refuses the password",
    asyncpg.InvalidAuthorizationSpecificationError: "it refuses the role or its authentication",
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
ON_SCHEMAS = "grant USAGE, and CREATE to migrate"
REFUSED_TLS = "rejected SSL upgrade"  # the driver has no exception class for it
SQLITE_CAUSES = {
    sqlite3.SQLITE_BUSY: "it is locked by another process",
    sqlite3.SQLITE_LOCKED: "it is locked by another process",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_IOERR: "its file cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_PERM: "its file cannot be opened",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_NOTADB: "its file is not an SQLite database",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
}
PRIMARY = 0xFF  # mask: extended codes of SQLite use the higher bits


class BusyError(Exception):
    """Another process was still writing to the database at the end of the timeout."""


def cause(error: BaseException) -> str | None:
    """Return why the database cannot be used now, but may be later; None for other errors.

    It is unreachable, unresponsive, out of connections, locked, out of disk space or read-only,
    or the role lacks a privilege.
    """
    error = _of_driver(error)
    if isinstance(error, sqlite3.Error):
        return SQLITE_CAUSES.get(_sqlite_code(error))
    if isinstance(error, ConnectionError) and REFUSED_TLS in str(error):
        return "it refuses TLS"
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        reason = str(error.args[0])  # names a table or schema
        right = f": {ON_SCHEMAS}" if OF_SCHEMA in reason else ""
        return f"the role lacks a privilege ({reason}{right})"
    return next((text for kind, text in CAUSES.items() if isinstance(error, kind)), None)


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database cannot be used now, but may be later."""
    return cause(error) is not None


def is_busy(error: BaseException) -> bool:
    """Whether an error means that another process is writing to the database."""
    error = _of_driver(error)
    if isinstance(error, sqlite3.Error):
        return _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(error, asyncpg.LockNotAvailableError)


def is_lost_race(error: BaseException) -> bool:
    """Whether a transaction failed only because another one ran at the same time."""
    error = _of_driver(error)
    if isinstance(error, sqlite3.Error):
        return is_busy(error)
    return isinstance(error, (asyncpg.DeadlockDetectedError, asyncpg.SerializationError))


def is_too_slow(error: BaseException) -> bool:
    """Whether an error means that a statement exceeded its time limit."""
    error = _of_driver(error)
    if isinstance(error, sqlite3.OperationalError):
        return _sqlite_code(error) == sqlite3.SQLITE_INTERRUPT
    return isinstance(error, asyncpg.QueryCanceledError)


def _of_driver(error: BaseException) -> BaseException:
    """Unwrap the driver's error from Tortoise's."""
    if isinstance(error, (OperationalError, TransactionManagementError)) and error.args:
        wrapped = error.args[0]
        return wrapped if isinstance(wrapped, BaseException) else error
    return error


def _sqlite_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY
