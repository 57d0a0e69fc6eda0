"""Rollups: the count of a large table by some of its columns."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """The unit that a rollup truncates dates to; stored as its first day or instant."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Column:
    """A column that a rollup groups by, of the same name in both tables."""

    name: str
    null: bool = False
    unit: Unit | None = None
    instant: bool = False


@dataclass(frozen=True)
class Tie:
    """A link table: ``value`` is a column of the rollup, ``owner`` the id of the record."""

    table: str
    owner: str
    value: str


@dataclass(frozen=True)
class Parent:
    """The record that each record refers to by ``key``, and its columns that a rollup has."""

    table: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Rollup:
    """``table`` holds the count of ``base`` by ``columns``, and the sums of other columns.

    With a ``tie`` a record counts once for each of its values in the link table. Columns of a
    ``parent`` are those of the record that each one refers to; it cannot have both.
    A combination that no longer occurs may stay with a count of 0, unless it is ``linked``: the
    link table of another rollup, which is not read for groups itself.

    With ``lanes`` a combination has a row for each lane, and its numbers are their sums. One
    transaction at a time adds to a lane, so that no writer waits for another; see
    ``erikti.database.lanes``.
    """

    table: str
    base: str
    columns: tuple[Column, ...]
    sums: tuple[str, ...] = ()
    tie: Tie | None = None
    linked: bool = False
    parent: Parent | None = None
    lanes: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns that it groups by."""
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """Return the names of the columns that identify a row on PostgreSQL."""
        return (*self.names, "lane") if self.lanes else self.names

    @property
    def own(self) -> tuple[Column, ...]:
        """Return the columns of the record itself, without those of other tables."""
        others = self.parent.values if self.parent else ()
        others += (self.tie.value,) if self.tie else ()
        return tuple(column for column in self.columns if column.name not in others)

    def column(self, name: str) -> Column | None:
        """Return the column with a name; None if the rollup does not group by it."""
        return next((column for column in self.columns if column.name == name), None)
