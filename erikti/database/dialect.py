"""The SQL that differs between SQLite and PostgreSQL; nothing else knows which it is."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError
from tortoise.fields import BooleanField, DateField, DatetimeField, Field

from erikti.database.fields import FixedPoint, Uuid
from erikti.database.sqlite import packed

SQLITE_ROWS = 500  # of a statement, whose parameters may be 32,766

Decoder = Callable[[Any], Any]
MAX_DECIMALS = 10_000
Transaction = Callable[[], AbstractAsyncContextManager[Any]]


class Truncation(StrEnum):
    """The calendar units that a date can be cut down to; weeks begin on Monday (ISO 8601)."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"


class Dialect(Protocol):
    """What a database must offer; ``n`` is the number of a bound parameter, from 1."""

    name: str
    record: type[Any]  # what a driver's row is, to be subclassed
    row: str  # what the inner query of ``first_per_key`` selects from ``t``
    find_table: str  # a query for the full name of a table, also where the role may not see it

    def param(self, n: int) -> str:
        """The placeholder of parameter ``n``."""

    def any_of(self, expression: str, n: int) -> str:
        """The condition that a value is in the array bound as parameter ``n``."""

    def keys(self, n: int, sql_type: str) -> str:
        """A table expression of the keys of parameter ``n``: ``value`` and ``place``, from 0."""

    def pairs(self, values: Sequence[tuple[Any, Any]], types: tuple[str, str]) -> tuple[str, Any]:
        """A table expression with columns ``a`` and ``b``, one row per pair, and what to bind."""

    def array(self, values: Iterable[Any]) -> Any:
        """What to bind as an array parameter."""

    def first_per_key(self, keys: str, table: str, columns: str, inner: str) -> str:
        """The rows that the query ``inner`` finds for each ``k.value`` of ``keys``.

        ``inner`` selects ``row`` from ``table`` (as ``t``), ordered and limited.
        """

    def truncate(self, unit: Truncation, expression: str) -> str:
        """The first day of the calendar unit that a date or instant lies in."""

    def new_year(self, expression: str) -> str:
        """The first day of a year."""

    def joined(self, expression: str) -> str:
        """The words of all rows in order, a space between them."""

    def contains(self, expression: str, n: int) -> str:
        """The condition that a text contains parameter ``n``, whatever the case."""

    def ratio(self, total: str, count: str) -> str:
        """A sum divided by a count, as the database itself would make the average."""

    def encode(self, field: Field[Any], value: Any) -> Any:
        """What to bind for a value of a column."""

    def number(self, value: Any) -> Any:
        """What to bind for a number that is compared with an aggregate."""

    def decoder(self, field: Field[Any]) -> Decoder | None:
        """What turns a stored value into Python's, None where nothing is to be done."""

    async def insert(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Insert encoded rows in bulk."""

    async def update(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Update records in bulk: encoded values of the columns, the id last in each row."""

    async def purge(self, connection: Any, table: str) -> None:
        """Let the files of the database keep nothing of what a table held before."""

    def alone(self, transaction: Transaction, lock: int) -> AbstractAsyncContextManager[None]:
        """Keep other processes from doing meanwhile what the number ``lock`` stands for."""


class Sqlite:
    """SQLite 3.38 or later: arrays as JSON, dates as text, ids as bytes."""

    name = "sqlite"
    record: type[Any] = tuple
    row = "rowid"
    find_table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?1"

    def param(self, n: int) -> str:
        return f"?{n}"

    def any_of(self, expression: str, n: int) -> str:
        return f"{expression} IN (SELECT unpacked(value) FROM json_each(?{n}))"

    def keys(self, n: int, sql_type: str) -> str:
        return f"(SELECT unpacked(value) AS value, key AS place FROM json_each(?{n}))"

    def pairs(self, values: Sequence[tuple[Any, Any]], types: tuple[str, str]) -> tuple[str, Any]:
        a, b = (f"unpacked(json_extract(value, '$[{i}]'))" for i in (0, 1))
        return f"(SELECT {a} AS a, {b} AS b FROM json_each(?1))", [self.array(values)]

    def array(self, values: Iterable[Any]) -> str:
        return json.dumps(list(values), default=packed)

    def first_per_key(self, keys: str, table: str, columns: str, inner: str) -> str:
        return f"SELECT {columns} FROM {keys} k JOIN {table} r ON r.rowid IN ({inner})"

    def truncate(self, unit: Truncation, expression: str) -> str:
        match unit:
            case Truncation.YEAR:
                return f"strftime('%Y-01-01', {expression})"
            case Truncation.QUARTER:
                month = f"(strftime('%m', {expression}) - 1) / 3 * 3 + 1"
                # Not the whole of it by printf, which makes text of a null.
                return f"strftime('%Y', {expression}) || printf('-%02d-01', {month})"
            case Truncation.MONTH:
                return f"strftime('%Y-%m-01', {expression})"
            case Truncation.WEEK:
                days = f"(strftime('%w', {expression}) + 6) % 7"
                return f"date({expression}, '-' || ({days}) || ' days')"

    def new_year(self, expression: str) -> str:
        return f"printf('%04d-01-01', {expression})"

    def joined(self, expression: str) -> str:
        return f"group_concat({expression}, ' ')"

    def contains(self, expression: str, n: int) -> str:
        return f"{expression} GLOB containing(?{n})"

    def ratio(self, total: str, count: str) -> str:
        return f"CAST({total} AS real) / {count}"

    def encode(self, field: Field[Any], value: Any) -> Any:
        if isinstance(field, FixedPoint):
            return field.to_db_value(value, None)
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat(" ")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(field, Uuid) and isinstance(value, str):
            return UUID(value).bytes
        return value.bytes if isinstance(value, UUID) else value

    def number(self, value: Any) -> Any:
        return float(value)

    def decoder(self, field: Field[Any]) -> Decoder | None:
        if isinstance(field, DatetimeField):
            return datetime.fromisoformat
        if isinstance(field, DateField):
            return date.fromisoformat
        if isinstance(field, BooleanField):
            return bool
        return fixed_point_decoder(field)

    async def insert(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        # Triggers make SQLite save pages for each statement, so there should be few of them.
        names = ", ".join(columns)
        marks = f"({', '.join('?' * len(columns))})"
        for start in range(0, len(rows), SQLITE_ROWS):
            part = rows[start : start + SQLITE_ROWS]
            sql = f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(part))}"
            await connection.execute_query(sql, list(chain.from_iterable(part)))

    async def update(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        names = ", ".join((*columns, "id"))
        cells = ", ".join(f"{name} = v.{name}" for name in columns)
        marks = f"({', '.join('?' * (len(columns) + 1))})"
        for start in range(0, len(rows), SQLITE_ROWS):
            part = rows[start : start + SQLITE_ROWS]
            values = f"WITH v ({names}) AS (VALUES {', '.join([marks] * len(part))})"
            sql = f"{values} UPDATE {table} SET {cells} FROM v WHERE {table}.id = v.id"
            await connection.execute_query(sql, list(chain.from_iterable(part)))

    async def purge(self, connection: Any, table: str) -> None:
        await connection.execute_query("VACUUM")
        await connection.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def alone(self, transaction: Transaction, lock: int) -> AsyncIterator[None]:
        # One process writes at a time anyway, and a migration cannot nest in a transaction.
        yield


class Postgres:
    """PostgreSQL in a UTF-8 locale other than C, which knows no letters but ASCII's."""

    name = "postgres"
    record: type[Any] = asyncpg.Record
    row = "*"
    # What the role has no right to use, PostgreSQL takes for no part of the path.
    find_table = """SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
        FROM unnest(string_to_array(current_setting('search_path'), ','))
            WITH ORDINALITY AS p(part, place)
        JOIN pg_namespace n ON n.nspname = replace(btrim(p.part, ' "'), '$user', current_user)
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $1
        ORDER BY has_schema_privilege(n.oid, 'USAGE') DESC, p.place LIMIT 1"""

    def param(self, n: int) -> str:
        return f"${n}"

    def any_of(self, expression: str, n: int) -> str:
        return f"{expression} = ANY(${n})"

    def keys(self, n: int, sql_type: str) -> str:
        numbered = f"unnest(${n}::{sql_type}[]) WITH ORDINALITY AS x(value, number)"
        return f"(SELECT value, number - 1 AS place FROM {numbered})"

    def pairs(self, values: Sequence[tuple[Any, Any]], types: tuple[str, str]) -> tuple[str, Any]:
        arrays = ", ".join(f"${n}::{sql_type}[]" for n, sql_type in enumerate(types, 1))
        columns = [list(column) for column in zip(*values, strict=True)]
        return f"(SELECT * FROM unnest({arrays}) AS x(a, b))", columns

    def array(self, values: Iterable[Any]) -> list[Any]:
        return list(values)

    def first_per_key(self, keys: str, table: str, columns: str, inner: str) -> str:
        return f"SELECT {columns} FROM {keys} k CROSS JOIN LATERAL ({inner}) r"

    def truncate(self, unit: Truncation, expression: str) -> str:
        return f"date_trunc('{unit}', {expression}::timestamptz, 'UTC')::date"

    def new_year(self, expression: str) -> str:
        return f"make_date({expression}, 1, 1)"

    def joined(self, expression: str) -> str:
        return f"string_agg({expression}, ' ' ORDER BY {expression})"

    def contains(self, expression: str, n: int) -> str:
        lowered = f'lower({expression} COLLATE "default")'
        return f"strpos({lowered}, lower(${n}::text)) > 0"

    def ratio(self, total: str, count: str) -> str:
        return f"{total}::numeric / {count}"

    def encode(self, field: Field[Any], value: Any) -> Any:
        if isinstance(field, FixedPoint):
            return field.to_db_value(value, None)
        if isinstance(field, Uuid) and isinstance(value, str):
            return UUID(value)
        return value

    def number(self, value: Any) -> Any:
        return value

    def decoder(self, field: Field[Any]) -> Decoder | None:
        return fixed_point_decoder(field)

    async def insert(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        async with connection.acquire_connection() as raw:
            try:
                await raw.copy_records_to_table(table, records=rows, columns=columns)
            except asyncpg.IntegrityConstraintViolationError as error:
                # Tortoise translates errors of its own calls only.
                raise IntegrityError(error) from error

    async def update(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        cells = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 1))
        sql = f"UPDATE {table} SET {cells} WHERE id = ${len(columns) + 1}"
        await connection.execute_many(sql, [list(row) for row in rows])

    async def purge(self, connection: Any, table: str) -> None:
        await connection.execute_query(f"VACUUM (FULL) {table}")

    @asynccontextmanager
    async def alone(self, transaction: Transaction, lock: int) -> AsyncIterator[None]:
        async with transaction() as connection:
            await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [lock])
            yield


def fixed_point_decoder(field: Field[Any]) -> Decoder | None:
    """What turns a whole number of smallest units into a decimal, for such columns alone."""
    if not isinstance(field, FixedPoint):
        return None
    return _Decimals(field.places).__getitem__


class _Decimals(dict[int, Decimal]):
    """The decimals of whole numbers of smallest units; the first that come up are kept."""

    def __init__(self, places: int) -> None:
        self._places = places

    def __missing__(self, units: int) -> Decimal:
        value = Decimal(units).scaleb(-self._places)
        if len(self) < MAX_DECIMALS:
            self[units] = value
        return value
