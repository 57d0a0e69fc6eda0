"""The SQL of SQLite."""

import json
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from string import ascii_lowercase
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient as Client
from tortoise.fields import BooleanField, DateField, DatetimeField, Field

from erikti.database.calendar import sqlite_local
from erikti.database.dialect import Rows, Transaction, Truncation, Tuples
from erikti.database.fields import Decoder, FixedPoint, Uuid, fixed_point_decoder
from erikti.database.json_sql import JsonSql, SqliteJson
from erikti.database.search import SEARCH_INDEXES, index_name, rebuild
from erikti.database.sqlite import packed

ROWS = 500  # in one statement, which may have 32,766 parameters


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
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            sql = f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(part))}"
            await connection.execute_query(sql, list(chain.from_iterable(part)))

    async def update(
        self, connection: Client, table: str, columns: Sequence[str], rows: Rows, stamp: str = ""
    ) -> None:
        names, marks = ", ".join(columns), f"({', '.join('?' * len(columns))})"
        *written, key = columns
        cells = ", ".join(filter(None, [*(f"{name} = v.{name}" for name in written), stamp]))
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            values = f"WITH v ({names}) AS (VALUES {', '.join([marks] * len(part))})"
            sql = f"{values} UPDATE {table} SET {cells} FROM v WHERE {table}.{key} = v.{key}"
            await connection.execute_query(sql, list(chain.from_iterable(part)))

    async def analyze(self, connection: Client, tables: Collection[str], added: int) -> None:
        pass  # without statistics it reads the indexes

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
