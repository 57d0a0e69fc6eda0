"""Entries as they lie in a database or in a bundle, in order, a few at a time."""

import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol
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
# Older versions lack these columns, and no entry speaks of them that has nothing to say.
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
    """What an entry says, by the names that are hashed, and the hash that lies beside it."""

    said: dict[str, Any]
    hash: str

    @property
    def writer(self) -> str:
        """The chain that it lies in."""
        return str(self.said["writer"])

    @property
    def sequence(self) -> int:
        """The number that it lies under, -1 where that is none."""
        number = self.said["sequence"]
        return number if isinstance(number, int) else -1

    @property
    def sound(self) -> bool:
        """Whether its hash is that of what it says."""
        try:
            return sha256(canonical(self.said)).hexdigest() == self.hash
        except TypeError:
            return False  # SQLite lets bytes lie where text should be


class Source(Protocol):
    """Where entries lie; everything is of one moment."""

    async def identity(self) -> str | None:
        """Which database it is; None where that is not known, as in one of an older version."""

    async def guards(self) -> list[tuple[str, str]]:
        """What does not keep the tables from changing any more: tables, and texts."""

    async def persons(self) -> int | None:
        """How many persons there are, known to an entry or not; None where that is not known."""

    def entries(self) -> AsyncIterator[Entry]:
        """All entries by chain and number."""


def canonical(value: Any) -> bytes:
    """JSON by RFC 8785, for whole numbers, text, lists, null and objects with ASCII keys."""
    if isinstance(value, dict):
        pairs = (canonical(key) + b":" + canonical(value[key]) for key in sorted(value))
        return b"{" + b",".join(pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _records(columns: Iterable[str]) -> str:
    """What is read of a table that has these columns; NULL stands for what an older one lacks."""
    there = set(columns)
    later = [f"r.{name}" if name in there else "NULL" for name in LATER]
    return f"SELECT {', '.join((*(f'r.{name}' for name in COLUMNS), *later))}, "


def _entry(row: Iterable[Any], persons: list[str]) -> Entry:
    said = dict(zip((*COLUMNS, *LATER), row, strict=False))
    for name in LATER:
        if said[name] is None:
            del said[name]
    for name in ("id", "writer"):
        said[name] = _uuid(said[name])
    for name in ("previous_hash", "hash"):
        said[name] = said[name].hex() if isinstance(said[name], bytes) else str(said[name])
    try:
        said["recorded_at"] = _instant(said["recorded_at"])
        said["coordinates"] = json.loads(said["coordinates"])
    except (ValueError, TypeError):
        said["unreadable"] = True  # so that its hash is another
    said["persons"] = sorted(persons)
    found = said.pop("hash")
    return Entry(said, found)


def _uuid(value: Any) -> str:
    if isinstance(value, bytes):
        return str(UUID(bytes=value)) if len(value) == 16 else value.hex()
    return str(value)


def _instant(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
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
    def __init__(self, connection: Any) -> None:
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
    """A folder that ``erikti audit export`` wrote."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "entries.jsonl"
        self.checkpoints = folder / "checkpoints"
        if not self.path.is_file():
            raise UnusableError(f"{folder} holds no entries.jsonl")

    async def identity(self) -> str | None:
        """What the manifest says, whose signature ``check_manifest`` tries."""
        try:
            found = json.loads((self.path.parent / "manifest.json").read_bytes()).get("database")
        except (OSError, ValueError, AttributeError):
            return None
        return found if isinstance(found, str) else None

    async def guards(self) -> list[tuple[str, str]]:
        """A bundle has no tables."""
        return []

    async def persons(self) -> int | None:
        """Nothing is in a bundle that is in no entry."""
        return None

    async def entries(self) -> AsyncIterator[Entry]:
        """The entries, line by line."""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    said = json.loads(line)
                    entry = Entry(said, said.pop("hash"))
                    _ = (entry.writer, entry.sequence)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise UnusableError(f"{self.path}: line {number} is no entry") from error
                yield entry


@asynccontextmanager
async def opened_source(url: str) -> AsyncIterator[Source]:
    """The entries in a database (``sqlite://PATH`` or ``postgres://...``) as of one moment."""
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
