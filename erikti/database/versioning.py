"""Versions of records and the change set of a transaction, in the SQL of both databases.

A change set gets its position from the counter in ``feed_head`` at the end of its transaction,
whose lock on that row makes the order of positions that of the commits. A writer of this product
opens a change set and stamps what it writes. Triggers catch all other SQL: they open a change set
of the kind SQL, for the transaction on PostgreSQL, and for each row on SQLite.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tortoise.backends.base.client import BaseDBAsyncClient as Client

FIRST = 0  # the change set of records of the time before change sets, and of unstamped new rows


@dataclass(frozen=True)
class RecordTable:
    """A table of records: its key, and the columns whose change makes a new version."""

    name: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class LinkTable:
    """A table of links, whose changes make a new version of the records that ``owner`` names.

    Links that are ``shared`` are also deleted with records that are not their owners.
    """

    name: str
    columns: tuple[str, ...]
    owner: str
    owners: RecordTable
    shared: bool


class Part(NamedTuple):
    """A function, trigger or index of a table, and the statement that creates it.

    ``more`` statements follow the one that creates it.
    """

    kind: str
    table: str
    sql: str
    more: tuple[str, ...] = ()


Parts = Mapping[str, Part]


class Versions(Protocol):
    """How a database keeps versions and change sets."""

    def parts(self, records: Sequence[RecordTable], links: Sequence[LinkTable]) -> Parts:
        """Return what has to exist, by name and in order."""

    async def present(self, client: Client) -> dict[str, str]:
        """Return the statements that created such parts, by name."""

    def create(self, name: str, part: Part) -> list[str]:
        """Return the statements that create a part; functions are replaced."""

    def drop(self, name: str, part: Part) -> list[str]:
        """Return the statements that drop a part; functions stay."""

    async def open(self, client: Client, values: Mapping[str, object]) -> int:
        """Open a change set for the running transaction; return its number."""

    async def close(self, client: Client, number: int) -> None:
        """Give it its position as the last statement of the transaction, if it changed records."""


def stamp(number: int) -> str:
    """Return the assignments of an UPDATE that stamp records with a change set."""
    raised = f"version + CASE change_set WHEN {number} THEN 0 ELSE 1 END"
    return f"version = {raised}, change_set = {number}"


def index(records: RecordTable) -> Part:
    """Return the index of records by change set."""
    sql = f"CREATE INDEX set_{records.name} ON {records.name} (change_set, {records.key})"
    return Part("INDEX", records.name, sql)


def inserted(values: Mapping[str, object], marks: Iterable[str]) -> str:
    """Return the statement that inserts a change set and returns its number."""
    return f"INSERT INTO change_sets ({', '.join(values)}) VALUES ({', '.join(marks)}) RETURNING id"
