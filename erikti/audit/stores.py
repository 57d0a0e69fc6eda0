"""Storage of entries in PostgreSQL or SQLite, over a dedicated connection."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

import asyncpg
from tortoise.backends.base.config_generator import expand_db_url

from erikti.audit.entries import LATER, Entry
from models.access import AccessRecord

T = TypeVar("T")
Tail = tuple[int, bytes]
MOST = 2_000  # entries that a writer may leave unsigned
PATIENCE = 2.0  # seconds to connect, and for a statement
COLUMNS = {
    "id": "uuid",
    "writer": "uuid",
    "sequence": "bigint",
    "recorded_at": "timestamptz",
    "decision": "text",
    "request_id": "text",
    "client": "text",
    "subject": "text",
    "organisation": "text",
    "country": "text",
    "purpose": "text",
    "operation": "text",
    "coordinates": "text",
    "person_count": "bigint",
    "record_count": "bigint",
    "filter_hash": "text",
    "previous_hash": "bytea",
    "hash": "bytea",
}
assert set(COLUMNS) == set(AccessRecord._meta.db_fields)
CREDENTIALS = ("host", "port", "user", "password", "database", "ssl")


class Store(Protocol):
    """A store of entries. After any error, read the tail before the next insert."""

    async def insert(self, entries: Sequence[Entry]) -> None:
        """Commit entries atomically; after an error, the outcome is unknown."""

    async def tail(self, writer: UUID) -> Tail | None:
        """Return the number and hash of a writer's last committed entry, or None."""

    async def rest(self, writer: UUID, after: int) -> list[Tail]:
        """Return numbers and hashes of a writer's entries after a number, at most MOST + 2."""

    async def identity(self) -> UUID:
        """Return the identity of the database."""

    async def close(self) -> None:
        """Close the connection."""


def store(url: str) -> Store:
    """Return the store for a database URL in Tortoise's format, without opening it."""
    parts = expand_db_url(url)
    credentials = parts["credentials"]
    if parts["engine"] == "tortoise.backends.sqlite":
        return SqliteStore(credentials["file_path"])
    return PostgresStore({k: credentials[k] for k in CREDENTIALS if k in credentials})


class PostgresStore:
    """A store in PostgreSQL: one statement, and so one round trip, per group of entries."""

    def __init__(self, credentials: Mapping[str, object]) -> None:
        self._credentials = credentials
        self._connection: asyncpg.Connection | None = None

    async def insert(self, entries: Sequence[Entry]) -> None:
        """Commit entries and their persons."""
        columns = [list(column) for column in zip(*map(_row, entries), strict=True)]
        pairs = [(entry.id, person) for entry in entries for person in entry.draft.persons]
        records, persons = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        await self._run(lambda connection: connection.execute(INSERT, *columns, records, persons))

    async def tail(self, writer: UUID) -> Tail | None:
        """Return the writer's last committed entry."""
        row = await self._run(lambda connection: connection.fetchrow(TAIL.format("$1"), writer))
        return None if row is None else (row[0], bytes(row[1]))

    async def rest(self, writer: UUID, after: int) -> list[Tail]:
        """Return the writer's entries after a number."""
        sql = REST.format("$1", "$2")
        rows = await self._run(lambda connection: connection.fetch(sql, writer, after))
        return [(row[0], bytes(row[1])) for row in rows]

    async def identity(self) -> UUID:
        """Return the identity of the database."""
        return UUID(str(await self._run(lambda connection: connection.fetchval(IDENTITY))))

    async def _run(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(2 * PATIENCE):
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connect()
                return await work(self._connection)
        except BaseException:
            await self.close()
            raise

    async def _connect(self) -> asyncpg.Connection:
        settings = {"application_name": "erikti audit", "timezone": "UTC", "jit": "off"}
        return await asyncpg.connect(
            **self._credentials,
            timeout=PATIENCE,
            command_timeout=PATIENCE,
            server_settings=settings,
        )

    async def close(self) -> None:
        """Terminate the connection at once; the tail shows what was committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


class SqliteStore:
    """A store in SQLite: a connection with its own thread, so transactions are not interrupted."""

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)
        self._thread = ThreadPoolExecutor(1, "access-log")
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None

    async def insert(self, entries: Sequence[Entry]) -> None:
        """Commit entries and their persons."""
        rows = [tuple(map(_sqlite, _row(entry))) for entry in entries]
        pairs = [(e.id.bytes, person.bytes) for e in entries for person in e.draft.persons]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT_RECORD, rows)
            connection.executemany(INSERT_PERSON, pairs)
            connection.execute("COMMIT")
            if os.stat(self._path).st_ino != self._inode:
                raise FileNotFoundError("the database file was replaced")

        await self._run(write)

    async def tail(self, writer: UUID) -> Tail | None:
        """Return the writer's last committed entry."""

        def read(connection: sqlite3.Connection) -> Tail | None:
            found: Tail | None = connection.execute(TAIL.format("?"), (writer.bytes,)).fetchone()
            return found

        return await self._run(read)

    async def rest(self, writer: UUID, after: int) -> list[Tail]:
        """Return the writer's entries after a number."""

        def read(connection: sqlite3.Connection) -> list[Tail]:
            return connection.execute(REST.format("?", "?"), (writer.bytes, after)).fetchall()

        return await self._run(read)

    async def identity(self) -> UUID:
        """Return the identity of the database."""

        def read(connection: sqlite3.Connection) -> UUID:
            return UUID(bytes=connection.execute(IDENTITY).fetchone()[0])

        return await self._run(read)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def job() -> T:
            try:
                return work(self._connected())
            except BaseException:
                self._drop()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def _connected(self) -> sqlite3.Connection:
        # SQLite would keep writing to the old file after it was replaced.
        inode = os.stat(self._path).st_ino
        if self._connection is not None and inode != self._inode:
            raise FileNotFoundError("the database file was replaced")
        if self._connection is None:
            uri = f"file://{quote(self._path)}?mode=rw"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=PATIENCE, isolation_level=None
            )
            self._inode = inode
            for option in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {option}").fetchall()
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()


def _row(entry: Entry) -> tuple[object, ...]:
    given = entry.draft.fields
    values = {
        **dict.fromkeys(LATER),
        **given,
        "id": entry.id,
        "writer": entry.writer,
        "sequence": entry.sequence,
        "recorded_at": entry.draft.at,
        "coordinates": json.dumps(given["coordinates"]),
        "person_count": len(entry.draft.persons),
        "previous_hash": entry.previous,
        "hash": entry.hash,
    }
    return tuple(values[name] for name in COLUMNS)


def _sqlite(value: object) -> object:
    if isinstance(value, UUID):
        return value.bytes
    return value.isoformat(" ") if hasattr(value, "isoformat") else value


NAMES = ", ".join(COLUMNS)
PLACES = [f"${n}::{kind}[]" for n, kind in enumerate([*COLUMNS.values(), "uuid", "uuid"], 1)]
INSERT = (
    f"WITH written AS (INSERT INTO access_records ({NAMES}) "
    f"SELECT * FROM unnest({', '.join(PLACES[:-2])})) "
    f"INSERT INTO access_persons (record_id, person_hash) "
    f"SELECT * FROM unnest({', '.join(PLACES[-2:])})"
)
INSERT_RECORD = f"INSERT INTO access_records ({NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"
INSERT_PERSON = "INSERT INTO access_persons (record_id, person_hash) VALUES (?, ?)"
IDENTITY = "SELECT database FROM access_identity"
REST = (
    "SELECT sequence, hash FROM access_records WHERE writer = {} AND sequence > {} "
    f"ORDER BY sequence LIMIT {MOST + 2}"
)
TAIL = "SELECT sequence, hash FROM access_records WHERE writer = {} ORDER BY sequence DESC LIMIT 1"
