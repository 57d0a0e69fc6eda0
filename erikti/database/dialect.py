"""The SQL that differs between SQLite and PostgreSQL; other modules do not depend on either."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from tortoise.backends.base.client import BaseDBAsyncClient as Client
from tortoise.fields import Field

from erikti.database.fields import Decoder
from erikti.database.json_sql import JsonSql
from erikti.database.rows import Row

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

    async def analyze(self, connection: Client, tables: Collection[str], added: int) -> None:
        """Update statistics that know of fewer rows of a table than a transaction has added."""

    async def purge(self, connection: Client, table: str) -> None:
        """Remove deleted rows of a table from the files of the database."""

    def advisory_lock(
        self, transaction: Transaction, lock: int
    ) -> AbstractAsyncContextManager[None]:
        """Hold the lock number ``lock``, which other processes wait for."""
