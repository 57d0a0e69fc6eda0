"""Sources of entries, a database or a bundle, read in order and in small batches."""

import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote
from uuid import UUID

import asyncpg

from erikti.audit.verifier import guards
from erikti.audit.verifier.problems import UnusableError

DATABASE_ERRORS = (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError)
AHEAD = 1_000  # entries that are read ahead
PATIENCE = 10  # seconds to connect
COLUMNS = (
    "id",
    "writer",
    "sequence",
    "recorded_at",
    "decision",
    "request_id",
    "client",
    "subject",
    "organisation",
    "country",
    "purpose",
    "operation",
    "coordinates",
    "person_count",
    "previous_hash",
    "hash",
)
# Older versions lack these columns, and entries omit them if null.
LATER = ("record_count", "filter_hash")
PERSONS = "SELECT {} FROM access_persons p WHERE p.record_id = r.id"
ORDER = " FROM access_records r ORDER BY r.writer, r.sequence"
IDENTITY = "access_identity"
ATTRIBUTES = (
    "SELECT attname::text FROM pg_attribute WHERE attrelid = 'access_records'::regclass"
    " AND NOT attisdropped"
)
COUNT = "SELECT count(*) FROM access_persons"


class Entry(NamedTuple):
    """An entry's content, under the names that are hashed, and its stored hash."""

    payload: dict[str, object]
    hash: str

    @property
    def writer(self) -> str:
        """Return its chain."""
        return str(self.payload["writer"])

    @property
    def sequence(self) -> int:
        """Return its number, or -1 if it has none."""
        number = self.payload["sequence"]
        return number if isinstance(number, int) else -1

    @property
    def persons(self) -> int:
        """Return how many persons it lists."""
        found = self.payload.get("persons")
        return len(found) if isinstance(found, list) else 0

    @property
    def is_intact(self) -> bool:
        """Return whether its hash matches its content."""
        try:
            return sha256(canonical(self.payload)).hexdigest() == self.hash
        except TypeError:
            return False  # SQLite may return bytes for text


class Source(Protocol):
    """A source of entries, read from one snapshot."""

    async def identity(self) -> str | None:
        """Return the identity of the database, or None if unknown, as in older versions."""

    async def guards(self) -> list[tuple[str, str]]:
        """Return the problems of the tables' protection: names and texts."""

    async def persons(self) -> int | None:
        """Return the number of all stored persons, or None if unknown."""

    def entries(self) -> AsyncIterator[Entry]:
        """Yield all entries by chain and number."""


def canonical(value: object) -> bytes:
    """Return JSON by RFC 8785, for integers, text, lists, null and objects with ASCII keys."""
    if isinstance(value, dict):
        pairs = (canonical(key) + b":" + canonical(value[key]) for key in sorted(value))
        return b"{" + b",".join(pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _records(columns: Iterable[str]) -> str:
    """Return the SELECT for a table with these columns, with NULL for missing ones."""
    there = set(columns)
    later = [f"r.{name}" if name in there else "NULL" for name in LATER]
    return f"SELECT {', '.join((*(f'r.{name}' for name in COLUMNS), *later))}, "


def _entry(row: Iterable[object], persons: list[str]) -> Entry:
    payload = dict(zip((*COLUMNS, *LATER), row, strict=False))
    for name in LATER:
        if payload[name] is None:
            del payload[name]
    for name in ("id", "writer"):
        payload[name] = _uuid(payload[name])
    payload["previous_hash"] = _hex(payload["previous_hash"])
    try:
        payload["recorded_at"] = _instant(payload["recorded_at"])
        payload["coordinates"] = _list(payload["coordinates"])
    except (ValueError, TypeError):
        payload["unreadable"] = True  # makes its hash differ
    payload["persons"] = sorted(persons)
    found = _hex(payload.pop("hash"))
    return Entry(payload, found)


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _list(value: object) -> object:
    if not isinstance(value, str | bytes):
        raise TypeError("a list in JSON is text")
    return json.loads(value)


def _uuid(value: object) -> str:
    if isinstance(value, bytes):
        return str(UUID(bytes=value)) if len(value) == 16 else value.hex()
    return str(value)


def _instant(value: object) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise TypeError("a time is text or a datetime")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def identity(self) -> str | None:
        if not self._connection.execute(f"PRAGMA table_info({IDENTITY})").fetchall():
            return None
        row = self._connection.execute(f"SELECT database FROM {IDENTITY}").fetchone()
        return _uuid(row[0]) if row else None

    async def guards(self) -> list[tuple[str, str]]:
        return guards.in_sqlite(self._connection)

    async def persons(self) -> int | None:
        found: int = self._connection.execute(COUNT).fetchone()[0]
        return found

    async def entries(self) -> AsyncIterator[Entry]:
        persons = PERSONS.format("group_concat(lower(hex(p.person_hash)))")
        columns = self._connection.execute("PRAGMA table_info(access_records)").fetchall()
        records = _records(column[1] for column in columns)
        cursor = self._connection.execute(f"{records}({persons}){ORDER}")
        for row in cursor:
            yield _entry(row, row[-1].split(",") if row[-1] else [])


class _Postgres:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def identity(self) -> str | None:
        if await self._connection.fetchval("SELECT to_regclass($1)", IDENTITY) is None:
            return None
        found = await self._connection.fetchval(f"SELECT database FROM {IDENTITY}")
        return str(found) if found else None

    async def guards(self) -> list[tuple[str, str]]:
        return await guards.in_postgres(self._connection)

    async def persons(self) -> int | None:
        found: int = await self._connection.fetchval(COUNT)
        return found

    async def entries(self) -> AsyncIterator[Entry]:
        persons = PERSONS.format("p.person_hash")
        records = _records(row[0] for row in await self._connection.fetch(ATTRIBUTES))
        cursor = self._connection.cursor(f"{records}ARRAY({persons}){ORDER}", prefetch=AHEAD)
        async for row in cursor:
            yield _entry(row, [person.hex for person in row[-1]])


class Bundle:
    """A folder written by ``erikti audit export``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "entries.jsonl"
        self.checkpoints = folder / "checkpoints"
        if not self.path.is_file():
            raise UnusableError(f"{folder} holds no entries.jsonl")

    async def identity(self) -> str | None:
        """Return the manifest's value; ``check_manifest`` verifies the signature."""
        try:
            found = json.loads((self.path.parent / "manifest.json").read_bytes()).get("database")
        except (OSError, ValueError, AttributeError):
            return None
        return found if isinstance(found, str) else None

    async def guards(self) -> list[tuple[str, str]]:
        """Return no problems, since a bundle has no tables."""
        return []

    async def persons(self) -> int | None:
        """Return None, since a bundle has only persons of entries."""
        return None

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield the entries, line by line."""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    payload = json.loads(line)
                    entry = Entry(payload, payload.pop("hash"))
                    _ = (entry.writer, entry.sequence)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise UnusableError(f"{self.path}: line {number} is no entry") from error
                yield entry


@asynccontextmanager
async def opened_source(url: str) -> AsyncIterator[Source]:
    """Open a snapshot of a database (``sqlite://PATH`` or ``postgres://...``)."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        with closing(_read_only(rest)) as database:
            yield _Sqlite(database)
        return
    connection = await asyncpg.connect(
        f"postgresql://{rest}",
        timeout=PATIENCE,
        server_settings={"application_name": "erikti audit"},
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield _Postgres(connection)
    finally:
        await connection.close()


def _read_only(path: str) -> sqlite3.Connection:
    uri = f"file://{quote(os.path.abspath(path))}?mode=ro"
    database = sqlite3.connect(uri, uri=True, isolation_level=None)
    database.execute("BEGIN")
    return database
