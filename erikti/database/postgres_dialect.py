"""The SQL of PostgreSQL."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from string import ascii_lowercase
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient as Client
from tortoise.exceptions import IntegrityError
from tortoise.fields import Field

from erikti.database.calendar import postgres_local
from erikti.database.dialect import Rows, Transaction, Truncation, Tuples
from erikti.database.fields import Decoder, FixedPoint, Uuid, fixed_point_decoder
from erikti.database.json_sql import JsonSql, PostgresJson

OUTDATED = """
SELECT t.name FROM unnest($1::text[]) t(name) JOIN pg_class c ON c.oid = to_regclass(t.name)
WHERE c.reltuples < $2
"""


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

    async def analyze(self, connection: Client, tables: Collection[str], added: int) -> None:
        _, outdated = await connection.execute_query(OUTDATED, [list(tables), added])
        if outdated:
            names = ", ".join(name for (name,) in outdated)
            # Its lock also keeps autovacuum away, which would see none of the rows.
            await connection.execute_query(f"ANALYZE (SKIP_LOCKED) {names}")

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
