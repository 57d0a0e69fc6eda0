"""What a rollup is: the count of a large table by some of its columns."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a date is cut down to in a rollup; its first day or instant stands for all."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True)
class Column:
    """A column that a rollup counts by, of the same name in both tables."""

    name: str
    null: bool = False
    unit: Unit | None = None
    instant: bool = False


@dataclass(frozen=True)
class Tie:
    """The link table whose ``value`` is one of the rollup's columns, ``owner`` the record."""

    table: str
    owner: str
    value: str


@dataclass(frozen=True)
class Rollup:
    """``table`` holds the count of ``base`` by ``columns``, and the sums of other columns.

    With a ``tie`` a record counts once for each of its values in the link table.
    A combination that no longer occurs may stay with a count of 0.
    """

    table: str
    base: str
    columns: tuple[Column, ...]
    sums: tuple[str, ...] = ()
    tie: Tie | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that it counts by."""
        return tuple(column.name for column in self.columns)

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns that the record itself has, rather than the link table."""
        return tuple(c for c in self.columns if self.tie is None or c.name != self.tie.value)

    def column(self, name: str) -> Column | None:
        """The column of that name, None where the rollup does not count by it."""
        return next((column for column in self.columns if column.name == name), None)
