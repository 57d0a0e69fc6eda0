"""Choice of the rollup that a count or grouping can be read from.

A rollup's columns have the names of its base table's, so that the same SQL reads both, except
that counting rows becomes summing counts.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.models import Model

from erikti.database.calendar import calendar
from erikti.database.dialect import Truncation
from erikti.database.rollup import Column, Rollup, Unit
from models.rollups import ROLLUPS
from resolvers.dataloaders.conditions import Statement, compare, holds
from resolvers.dataloaders.dimensions import link_of
from resolvers.dataloaders.listings import (
    NUMBER_FUNCTIONS,
    Aggregate,
    Comparison,
    Condition,
    Dimension,
    Every,
    Link,
    Listing,
    Not,
    Related,
    Some,
)
from resolvers.dataloaders.tables import column_of

COUNT = Aggregate("count")
EXTREMES = ("min", "max")  # which the values of records decide, not their numbers
# The truncations that a rollup's unit can still be truncated to: weeks do not nest in months.
NESTED: dict[Unit | None, Collection[Truncation | None]] = {
    None: {None, *Truncation},
    Unit.DAY: {None, *Truncation},
    Unit.MONTH: set(Truncation) - {Truncation.WEEK},
    Unit.YEAR: {Truncation.YEAR},
}


@dataclass(frozen=True)
class Covered:
    """A rollup and the condition on it; ``tag`` is the one requested value of a link table.

    A row may hold a part of a number, which is negative if records left that were counted in
    another row, so numbers count only as sums. With ``added_up`` each row has records.
    """

    rollup: Rollup
    model: type[Model]
    condition: Condition
    tag: tuple[Link, Comparison] | None = None
    added_up: bool = False

    @property
    def rows(self) -> str:
        """Return the FROM clause, with the rollup under the alias ``t``."""
        table = self.rollup.table
        if not self.added_up:
            return f"{table} t"
        keys, numbers = ", ".join(self.rollup.names), ("count", *self.rollup.sums)
        sums = ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in numbers)
        # Adding up takes several times as long, and changes nothing if all numbers are positive.
        split = " AND ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {part})" for part in ("lane > 0", "count < 0")
        )
        return (
            f"(SELECT {keys}, {', '.join(numbers)} FROM {table} WHERE count > 0 AND NOT ({split}) "
            f"UNION ALL SELECT {keys}, {sums} FROM {table} WHERE {split} "
            f"GROUP BY {keys} HAVING sum(count) > 0) t"
        )

    @property
    def held(self) -> tuple[str, ...]:
        """Return the names of the columns of a related record that the rollup has."""
        return self.rollup.parent.values if self.rollup.parent else ()

    def where(self, statement: Statement) -> str:
        """Return SQL for the condition on the rollup's rows."""
        condition = holds(statement, self.model, self.condition)
        if self.tag is None:
            return condition
        link, scope = self.tag
        value = Comparison(link.value, scope.operator, scope.value)
        return f"{condition} AND {compare(statement, link.model, value, 't')}"

    @property
    def present(self) -> str:
        """Return SQL for the condition on a group of rows that records are counted in it."""
        return "sum(t.count) > 0"

    def aggregate(self, statement: Statement, aggregate: Aggregate) -> str:
        """Return SQL for an aggregate of the counted records."""
        count = "CAST(sum(t.count) AS bigint)"
        if aggregate.measure is None:
            return count
        value = f"t.{column_of(self.model, aggregate.measure)}"
        if aggregate.function in EXTREMES:
            return f"{aggregate.function}({value})"
        is_sum = column_of(self.model, aggregate.measure) in self.rollup.sums
        total = f"sum({value})" if is_sum else f"sum({value} * t.count)"
        return total if aggregate.function == "sum" else statement.dialect.ratio(total, count)


def covering_rollup(
    listing: Listing,
    condition: Condition,
    owner: str | None = None,
    by: Sequence[Dimension] = (),
    aggregates: Collection[Aggregate] = (COUNT,),
) -> Covered | None:
    """Return the smallest rollup that covers a request, or None if only the records do.

    ``owner`` is the expression of the parent's key if there is a parent.
    """
    base = listing.model._meta.db_table
    for rollup in ROLLUPS:
        if rollup.base == base and not rollup.linked and _measures(rollup, listing, aggregates):
            found = _cover(rollup, listing, condition, owner, by)
            if found is not None:
                extremes = any(each.function in EXTREMES for each in aggregates)
                return replace(found, added_up=extremes)
    return None


def bounding_rollup(
    listing: Listing, condition: Condition, owner: str | None = None
) -> Covered | None:
    """Return the rollup with the most parts of a condition, whose count is an upper bound.

    None if the table has no rollup, or none by the owner.
    """
    found: Covered | None = None
    most = -1
    for rollup in ROLLUPS:
        if rollup.base != listing.model._meta.db_table or rollup.tie or rollup.linked:
            continue
        known = tuple(part for part in parts_of(condition) if _decides(rollup, listing, part))
        if _owns(rollup, owner) and len(known) > most:
            most, found = len(known), Covered(rollup, listing.model, Every(known))
    return found


def _owns(rollup: Rollup, owner: str | None) -> bool:
    return owner is None or owner in {f"t.{column.name}" for column in rollup.own}


def _measures(rollup: Rollup, listing: Listing, aggregates: Iterable[Aggregate]) -> bool:
    return all(_has(rollup, listing, aggregate) for aggregate in aggregates)


def _has(rollup: Rollup, listing: Listing, aggregate: Aggregate) -> bool:
    """Return whether an aggregate follows from sums, or from the values that a rollup counts."""
    if aggregate.measure is None:
        return True
    if listing.duration(aggregate.measure):
        return False
    column = column_of(listing.model, aggregate.measure)
    if rollup.column(column) is not None:
        return aggregate.function in NUMBER_FUNCTIONS
    return column in rollup.sums and aggregate.function in ("sum", "avg")


def _cover(
    rollup: Rollup,
    listing: Listing,
    condition: Condition,
    owner: str | None,
    by: Sequence[Dimension],
) -> Covered | None:
    if not _owns(rollup, owner):
        return None
    if not all(_groups_by(rollup, listing, dimension) for dimension in by):
        return None
    parts = list(parts_of(condition))
    tags = [part for part in parts if _tag(rollup, listing, part) is not None]
    rest = Every(tuple(part for part in parts if part not in tags))
    if not _decides(rollup, listing, rest):
        return None
    # With a link table, a record counts once per value: exactly one tag must be distinguished.
    own = (dimension for dimension in by if not dimension.steps)
    distinguished = sum(link_of(listing, dimension) is not None for dimension in own) + len(tags)
    if distinguished != (rollup.tie is not None):
        return None
    tag = _tag(rollup, listing, tags[0]) if tags else None
    return Covered(rollup, listing.model, rest, tag)


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield the conditions that must all hold."""
    if isinstance(condition, Every):
        for part in condition.conditions:
            yield from parts_of(part)
    else:
        yield condition


def _tag(rollup: Rollup, listing: Listing, part: Condition) -> tuple[Link, Comparison] | None:
    """Return a condition on the single tag value of a rollup's row, or None if it is none."""
    if not isinstance(part, Comparison) or (link := listing.tags.get(part.field)) is None:
        return None
    return (link, part) if _ties(rollup, link) and len(set(part.value)) == 1 else None


def _ties(rollup: Rollup, link: Link) -> bool:
    tie = rollup.tie
    names = (link.model._meta.db_table, link.owner, link.value)
    return tie is not None and names == (tie.table, tie.owner, tie.value)


def _groups_by(rollup: Rollup, listing: Listing, dimension: Dimension) -> bool:
    if dimension.steps and (held := rollup.parent) and dimension.field in held.values:
        return held.key == column_of(listing.model, dimension.steps[0])
    if dimension.steps:
        # What a relation leads to follows from its key.
        firsts = (each.steps[0] for each in dimension.alternatives)
        return all(rollup.column(column_of(listing.model, first)) for first in firsts)
    if link := link_of(listing, dimension):
        return _ties(rollup, link)
    column = rollup.column(column_of(listing.model, dimension.field))
    return column is not None and dimension.truncation in NESTED[column.unit]


def _decides(rollup: Rollup, listing: Listing, condition: Condition) -> bool:
    """Return whether a condition has one result for all records counted in a rollup's row."""
    match condition:
        case Every(parts) | Some(parts):
            return all(_decides(rollup, listing, part) for part in parts)
        case Not(part):
            return _decides(rollup, listing, part)
        case Related(field, _):
            return rollup.column(column_of(listing.model, field)) is not None
        case Comparison(field, operator, value):
            if field in listing.tags:
                return False
            column = rollup.column(column_of(listing.model, field))
            return column is not None and (
                _exact(column) or operator == "is_null" or _bounds(column, operator, value)
            )
        case _:
            return False


def _exact(column: Column) -> bool:
    """Return whether the rollup has a column's exact values."""
    return column.unit is None or (column.unit is Unit.DAY and not column.instant)


def _bounds(column: Column, operator: str, value: Any) -> bool:
    """Return whether a bound coincides with a boundary of the units that dates truncate to."""
    if operator == "min":
        return _is_unit_start(column, value)
    if operator != "max":
        return False
    smallest = timedelta(microseconds=1) if column.instant else timedelta(days=1)
    try:
        return _is_unit_start(column, value + smallest)
    except OverflowError:
        return True


def _is_unit_start(column: Column, value: date) -> bool:
    if isinstance(value, datetime):
        value = calendar().local(value)
        if (value.hour, value.minute, value.second, value.microsecond) != (0, 0, 0, 0):
            return False
    starts = {Unit.DAY: True, Unit.MONTH: value.day == 1}
    return starts.get(column.unit or Unit.DAY, (value.month, value.day) == (1, 1))
