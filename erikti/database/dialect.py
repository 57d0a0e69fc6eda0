"""The SQL that differs between SQLite and PostgreSQL; other modules do not depend on either."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from string import ascii_lowercase
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient as Client
from tortoise.exceptions import IntegrityError
from tortoise.fields import BooleanField, DateField, DatetimeField, Field

from erikti.database.calendar import postgres_local, sqlite_local
from erikti.database.fields import Decoder, FixedPoint, Uuid, fixed_point_decoder
from erikti.database.json_sql import JsonSql, PostgresJson, SqliteJson
from erikti.database.rows import Row
from erikti.database.search import SEARCH_INDEXES, index_name, rebuild
from erikti.database.sqlite import packed

SQLITE_ROWS = 500  # in one statement, which may have 32,766 parameters

Rows = Sequence[Row]
Tuples = Collection[tuple[object, ...]]
Transaction = Callable[[], AbstractAsyncContextManager[Client]]


class Truncation(StrEnum):
    """The calendar units that a date can be truncated to; weeks begin on Monday (ISO 8601)."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"


class Dialect(Protocol):
    """SQL expressions and bulk operations; ``n`` is the number of a bound parameter, from 1."""

    name: str
    record: type[object]  # the driver's row class, to be subclassed
    json: JsonSql
    row: str  # the columns that the inner query of ``first_per_key`` selects from ``t``
    find_table: str  # a query for the full name of a table, even if the role may not read it

    def param(self, n: int) -> str:
        """The placeholder of parameter ``n``."""

    def tested(self, condition: str) -> str:
        """A condition that chooses among rows found otherwise: no index is read for it."""

    def any_of(self, expression: str, n: int) -> str:
        """The condition that a value is in the array bound as parameter ``n``."""

    def among(self, expression: str, n: int, sql_type: str) -> str:
        """The condition that a value is one of the keys in parameter ``n``, which find few rows.

        PostgreSQL keeps the plan; for ``any_of`` it may plan each time, for the values given.
        """

    def keys(self, n: int, sql_type: str) -> str:
        """A table expression of the keys of parameter ``n``: ``value`` and ``place``, from 0."""

    def tuples(self, values: Tuples, types: Sequence[str]) -> tuple[str, Sequence[object]]:
        """A table expression of tuples, with columns ``a``, ``b`` and so on; its parameters."""

    def array(self, values: Iterable[object]) -> object:
        """Encode values as an array parameter."""

    def first_per_key(self, keys: str, table: str, columns: str, inner: str) -> str:
        """The rows that the query ``inner`` finds for each ``k.value`` of ``keys``.

        ``inner`` selects ``row`` from ``table`` (as ``t``), ordered and limited.
        """

    def truncate(self, unit: Truncation, expression: str, instant: bool = False) -> str:
        """The first day of the calendar unit of a date, or of an instant in the country."""

    def seconds(self, start: str, end: str) -> str:
        """The whole seconds between two instants, each without its fraction."""

    def new_year(self, expression: str) -> str:
        """The first day of a year."""

    def joined(self, expression: str) -> str:
        """The words of all rows in order, joined by spaces."""

    def contains(self, expression: str, n: int) -> str:
        """The condition that a code contains parameter ``n``, ignoring the case of ASCII."""

    def has(self, expression: str, n: int) -> str:
        """The condition that a text contains parameter ``n`` exactly."""

    def searched(self, text: str) -> str:
        """Encode a folded text to search as a parameter."""

    def search(self, table: str, column: str, alias: str, n: int) -> str:
        """The condition that a column with folded texts contains parameter ``n``, by its index."""

    def first_found(self, table: str, column: str, n: int, limit: int) -> str | None:
        """A query for the ``row`` of the first records that a search finds, as ``found``.

        None if the database estimates itself how many it will find.
        """

    def ratio(self, total: str, count: str) -> str:
        """A sum divided by a count, exactly as the database computes an average."""

    def encode(self, field: Field[Any], value: object) -> object:
        """Encode a value of a column as a parameter."""

    def number(self, value: float | Decimal) -> float | Decimal:
        """Encode a number that is compared with an aggregate as a parameter."""

    def decoder(self, field: Field[object]) -> Decoder | None:
        """Return the function that decodes a stored value; None if the value is usable as it is."""

    async def insert(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows
    ) -> None:
        """Insert encoded rows in bulk."""

    async def update(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows, stamp: str = ""
    ) -> None:
        """Update records in bulk, with ``stamp`` as further assignments; the key is last."""

    async def purge(self, connection: Client, table: str) -> None:
        """Remove deleted rows of a table from the files of the database."""

    def advisory_lock(
        self, transaction: Transaction, lock: int
    ) -> AbstractAsyncContextManager[None]:
        """Hold the lock number ``lock``, which other processes wait for."""


class Sqlite:
    """SQLite 3.38 or later: arrays as JSON, dates as text, ids as bytes."""

    name = "sqlite"
    record: type[object] = tuple
    json: JsonSql = SqliteJson()
    row = "rowid"
    find_table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?1"

    def param(self, n: int) -> str:
        return f"?{n}"

    def tested(self, condition: str) -> str:
        # SQLite reads the index of each part of a condition, however many rows that part has.
        return f"({condition}) IS TRUE"

    def any_of(self, expression: str, n: int) -> str:
        return f"{expression} IN (SELECT unpacked(value) FROM json_each(?{n}))"

    def among(self, expression: str, n: int, sql_type: str) -> str:
        return self.any_of(expression, n)

    def keys(self, n: int, sql_type: str) -> str:
        return f"(SELECT unpacked(value) AS value, key AS place FROM json_each(?{n}))"

    def tuples(self, values: Tuples, types: Sequence[str]) -> tuple[str, Sequence[object]]:
        parts = (f"unpacked(json_extract(value, '$[{n}]'))" for n in range(len(types)))
        columns = ", ".join(map(" AS ".join, zip(parts, ascii_lowercase, strict=False)))
        return f"(SELECT {columns} FROM json_each(?1))", [self.array(values)]

    def array(self, values: Iterable[object]) -> str:
        return json.dumps(list(values), default=packed)

    def first_per_key(self, keys: str, table: str, columns: str, inner: str) -> str:
        return f"SELECT {columns} FROM {keys} k JOIN {table} r ON r.rowid IN ({inner})"

    def truncate(self, unit: Truncation, expression: str, instant: bool = False) -> str:
        if instant:
            expression = sqlite_local(expression)
        match unit:
            case Truncation.YEAR:
                return f"strftime('%Y-01-01', {expression})"
            case Truncation.QUARTER:
                month = f"(strftime('%m', {expression}) - 1) / 3 * 3 + 1"
                # Only the month by printf, which would turn NULL into text.
                return f"strftime('%Y', {expression}) || printf('-%02d-01', {month})"
            case Truncation.MONTH:
                return f"strftime('%Y-%m-01', {expression})"
            case Truncation.WEEK:
                days = f"(strftime('%w', {expression}) + 6) % 7"
                return f"date({expression}, '-' || ({days}) || ' days')"

    def seconds(self, start: str, end: str) -> str:
        return f"(strftime('%s', {end}) - strftime('%s', {start}))"

    def new_year(self, expression: str) -> str:
        return f"printf('%04d-01-01', {expression})"

    def joined(self, expression: str) -> str:
        return f"group_concat({expression}, ' ')"

    def contains(self, expression: str, n: int) -> str:
        return f"instr(lower({expression}), lower(?{n})) > 0"

    def has(self, expression: str, n: int) -> str:
        return f"instr({expression}, ?{n}) > 0"

    def searched(self, text: str) -> str:
        return f'"{text}"'

    def search(self, table: str, column: str, alias: str, n: int) -> str:
        index = index_name(table, column)
        return f"{alias}.rowid IN (SELECT rowid FROM {index} WHERE {index} MATCH ?{n})"

    def first_found(self, table: str, column: str, n: int, limit: int) -> str | None:
        index = index_name(table, column)
        return f"SELECT rowid AS found FROM {index} WHERE {index} MATCH ?{n} LIMIT {limit}"

    def ratio(self, total: str, count: str) -> str:
        return f"CAST({total} AS real) / {count}"

    def encode(self, field: Field[Any], value: object) -> object:
        if isinstance(field, FixedPoint):
            return field.to_db_value(value, None)
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat(" ")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(field, Uuid) and isinstance(value, str):
            return UUID(value).bytes
        return value.bytes if isinstance(value, UUID) else value

    def number(self, value: float | Decimal) -> float | Decimal:
        return float(value)

    def decoder(self, field: Field[object]) -> Decoder | None:
        if isinstance(field, DatetimeField):
            return datetime.fromisoformat
        if isinstance(field, DateField):
            return date.fromisoformat
        if isinstance(field, BooleanField):
            return bool
        return fixed_point_decoder(field)

    async def insert(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows
    ) -> None:
        # Triggers make SQLite save pages for each statement, so few statements are faster.
        names = ", ".join(columns)
        marks = f"({', '.join('?' * len(columns))})"
        for start in range(0, len(rows), SQLITE_ROWS):
            part = rows[start : start + SQLITE_ROWS]
            sql = f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(part))}"
            await connection.execute_query(sql, list(chain.from_iterable(part)))

    async def update(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows, stamp: str = ""
    ) -> None:
        names, marks = ", ".join(columns), f"({', '.join('?' * len(columns))})"
        *written, key = columns
        cells = ", ".join(filter(None, [*(f"{name} = v.{name}" for name in written), stamp]))
        for start in range(0, len(rows), SQLITE_ROWS):
            part = rows[start : start + SQLITE_ROWS]
            values = f"WITH v ({names}) AS (VALUES {', '.join([marks] * len(part))})"
            sql = f"{values} UPDATE {table} SET {cells} FROM v WHERE {table}.{key} = v.{key}"
            await connection.execute_query(sql, list(chain.from_iterable(part)))

    async def purge(self, connection: Client, table: str) -> None:
        await connection.execute_query("VACUUM")
        # It may number rows anew, which the indexes of texts refer to.
        _, indexes = await connection.execute_query(SEARCH_INDEXES)
        for (index,) in map(tuple, indexes):
            await connection.execute_query(rebuild(index))
        await connection.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def advisory_lock(self, transaction: Transaction, lock: int) -> AsyncIterator[None]:
        # SQLite has one writer at a time, and a migration cannot nest in a transaction.
        yield


class Postgres:
    """PostgreSQL in a UTF-8 locale other than C, which has case only for ASCII letters."""

    name = "postgres"
    record: type[object] = asyncpg.Record
    json: JsonSql = PostgresJson()
    row = "*"
    # PostgreSQL leaves schemas that the role may not use out of the search path.
    find_table = """SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
        FROM unnest(string_to_array(current_setting('search_path'), ','))
            WITH ORDINALITY AS p(part, place)
        JOIN pg_namespace n ON n.nspname = replace(btrim(p.part, ' "'), '$user', current_user)
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $1
        ORDER BY has_schema_privilege(n.oid, 'USAGE') DESC, p.place LIMIT 1"""

    def param(self, n: int) -> str:
        return f"${n}"

    def tested(self, condition: str) -> str:
        return condition

    def any_of(self, expression: str, n: int) -> str:
        return f"{expression} = ANY(${n})"

    def among(self, expression: str, n: int, sql_type: str) -> str:
        # Without the subquery the planner would expect that planning for the number of keys
        # pays, and plan at each execution.
        return f"{expression} = ANY((SELECT ${n}::{sql_type}[])::{sql_type}[])"

    def keys(self, n: int, sql_type: str) -> str:
        numbered = f"unnest((SELECT ${n}::{sql_type}[])) WITH ORDINALITY AS x(value, number)"
        return f"(SELECT value, number - 1 AS place FROM {numbered})"

    def tuples(self, values: Tuples, types: Sequence[str]) -> tuple[str, Sequence[object]]:
        arrays = ", ".join(f"(SELECT ${n}::{sql_type}[])" for n, sql_type in enumerate(types, 1))
        columns = [list(column) for column in zip(*values, strict=True)]
        names = ", ".join(ascii_lowercase[: len(types)])
        return f"(SELECT * FROM unnest({arrays}) AS x({names}))", columns

    def array(self, values: Iterable[object]) -> list[object]:
        return list(values)

    def first_per_key(self, keys: str, table: str, columns: str, inner: str) -> str:
        return f"SELECT {columns} FROM {keys} k CROSS JOIN LATERAL ({inner}) r"

    def truncate(self, unit: Truncation, expression: str, instant: bool = False) -> str:
        moment = postgres_local(expression) if instant else f"{expression}::timestamp"
        return f"date_trunc('{unit}', {moment})::date"

    def seconds(self, start: str, end: str) -> str:
        first, last = (f"floor(extract(epoch FROM {instant}))" for instant in (start, end))
        return f"CAST({last} - {first} AS bigint)"

    def new_year(self, expression: str) -> str:
        return f"make_date({expression}, 1, 1)"

    def joined(self, expression: str) -> str:
        return f"string_agg({expression}, ' ' ORDER BY {expression})"

    def contains(self, expression: str, n: int) -> str:
        return f'strpos(lower({expression}), lower(${n}::text COLLATE "C")) > 0'

    def has(self, expression: str, n: int) -> str:
        return f"strpos({expression}, ${n}) > 0"

    def searched(self, text: str) -> str:
        return f"%{text}%"

    def search(self, table: str, column: str, alias: str, n: int) -> str:
        return f"({alias}.{column} IS NOT NULL AND {alias}.{column} LIKE ${n})"

    def first_found(self, table: str, column: str, n: int, limit: int) -> str | None:
        return None

    def ratio(self, total: str, count: str) -> str:
        return f"{total}::numeric / {count}"

    def encode(self, field: Field[Any], value: object) -> object:
        if isinstance(field, FixedPoint):
            return field.to_db_value(value, None)
        if isinstance(field, Uuid) and isinstance(value, str):
            return UUID(value)
        return value

    def number(self, value: float | Decimal) -> float | Decimal:
        return value

    def decoder(self, field: Field[object]) -> Decoder | None:
        return fixed_point_decoder(field)

    async def insert(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows
    ) -> None:
        async with connection.acquire_connection() as raw:
            try:
                await raw.copy_records_to_table(table, records=rows, columns=columns)
            except asyncpg.IntegrityConstraintViolationError as error:
                # Tortoise translates errors of its own calls only.
                raise IntegrityError(error) from error

    async def update(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows, stamp: str = ""
    ) -> None:
        *cells, key = (f"{name} = ${n}" for n, name in enumerate(columns, 1))
        sql = f"UPDATE {table} SET {', '.join(filter(None, [*cells, stamp]))} WHERE {key}"
        await connection.execute_many(sql, [list(row) for row in rows])

    async def purge(self, connection: Client, table: str) -> None:
        await connection.execute_query(f"VACUUM (FULL) {table}")

    @asynccontextmanager
    async def advisory_lock(self, transaction: Transaction, lock: int) -> AsyncIterator[None]:
        async with transaction() as connection:
            # A migration of a large database takes longer than other locks are waited for.
            await connection.execute_query("SET LOCAL lock_timeout = 0")
            await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [lock])
            await connection.execute_query("SET LOCAL lock_timeout TO DEFAULT")
            yield
