"""Groups of a list by several dimensions: aggregated, and a page of them, in one statement."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tortoise.fields import BooleanField, DateField

from erikti.database.connection import fetch
from erikti.database.fields import Decoder
from erikti.database.rows import Row
from models.people import AgeBand
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.dimensions import Keys, field_of
from resolvers.dataloaders.group_pages import GroupColumns
from resolvers.dataloaders.listings import Aggregate, Dimension, Group, GroupPage, GroupRequest
from resolvers.dataloaders.measures import RANKS, number_of, value_of
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.rollups import COUNT, covering_rollup

BANDS = {band.youngest: band for band in AgeBand}


async def load_groups(
    source: Source, request: GroupRequest, keys: Sequence[object]
) -> list[GroupPage]:
    """Load a page of groups per parent key, or of those of the whole list.

    Reads a rollup if one covers the request, else the records.
    """
    statement = Statement()
    dimensions = [source.listing.dimensions[name] for name in request.by]
    aggregates = _aggregates(source, request)
    columns = GroupColumns(source, request, dimensions, aggregates)
    aggregated = _aggregated(source, request, statement, dimensions, aggregates, keys)
    records = await fetch(columns.page(statement, aggregated, keys), statement.parameters)
    pages: dict[object, list[Row]] = {}
    totals: dict[object, int] = {}
    for total, owner, *record in records:
        totals[owner] = total
        found = pages.setdefault(owner, [])
        if columns.count(record) is not None:
            found.append(record)
    read = _Reader(source, dimensions, aggregates, columns)
    return [_page(read, request, pages.get(key, []), totals.get(key, 0)) for key in keys]


def _aggregated(
    source: Source,
    request: GroupRequest,
    statement: Statement,
    dimensions: Sequence[Dimension],
    aggregates: Sequence[Aggregate],
    keys: Sequence[object],
) -> str:
    """Return the query for all groups, whose columns ``GroupColumns`` describes."""
    owner = None if source.parent is None else source.key()
    rollup = covering_rollup(source.listing, request.condition, owner, dimensions, aggregates)
    found = Keys(
        source.listing,
        statement,
        source.rows() if rollup is None else rollup.rows,
        tied=rollup is not None,
        held=rollup.held if rollup is not None else (),
    )
    columns = [found.expression(dimension) for dimension in dimensions]
    if rollup is None:
        where = source.where(statement, request.condition)
    else:
        where = rollup.where(statement)
    if owner is not None:
        where = f"{source.among(statement, keys)} AND {where}"
        columns.append(owner)
    rows = f"{found.rows} WHERE {where}"
    if rollup is not None:
        numbers = [rollup.aggregate(statement, aggregate) for aggregate in aggregates]
    else:
        values = _Values(source, statement, aggregates)
        rows, columns = values.rows(rows, columns)
        numbers = [values.aggregate(aggregate) for aggregate in aggregates]
    having = "" if rollup is None else f" HAVING {rollup.present}"
    return _grouped(columns, numbers, len(dimensions), rows) + having


def _grouped(columns: Sequence[str], numbers: Sequence[str], count: int, rows: str) -> str:
    """Return the query for groups: ``count`` keys, the numbers, and the parent's key if any."""
    named = [*columns[:count], *numbers, *columns[count:]]
    selected = ", ".join(f"{column} AS c{i}" for i, column in enumerate(named))
    places = [i + 1 for i in range(len(named)) if not count <= i < count + len(numbers)]
    return f"SELECT {selected} FROM {rows} GROUP BY {', '.join(map(str, places))}"


class _Values:
    """The values of measures in records, and their ranks in each group for quantiles."""

    def __init__(
        self, source: Source, statement: Statement, aggregates: Sequence[Aggregate]
    ) -> None:
        names = dict.fromkeys(a.measure for a in aggregates if a.measure is not None)
        self._values = {name: value_of(source.listing, statement, name) for name in names}
        self._ranked = {a.measure for a in aggregates if a.function in RANKS}

    def rows(self, rows: str, columns: list[str]) -> tuple[str, list[str]]:
        """Return what to select from, with the ranks, and the columns to group by there."""
        if not self._ranked:
            return rows, columns
        selected = [f"{column} AS k{i}" for i, column in enumerate(columns)]
        selected += [f"{value} AS {name}" for name, value in self._values.items()]
        keys = [f"k{i}" for i in range(len(columns))]
        ranked = ["v.*"]
        for name in self._ranked:
            by_key, order = f"PARTITION BY {', '.join(keys)}", f"ORDER BY {name} IS NULL, {name}"
            ranked.append(f"row_number() OVER ({by_key} {order}) AS r_{name}")
            ranked.append(f"count({name}) OVER ({by_key}) AS n_{name}")
        # Materialized, so that each value is computed once.
        values = f"WITH v AS MATERIALIZED (SELECT {', '.join(selected)} FROM {rows})"
        self._values = {name: f"q.{name}" for name in self._values}
        return f"({values} SELECT {', '.join(ranked)} FROM v) q", [f"q.{key}" for key in keys]

    def aggregate(self, aggregate: Aggregate) -> str:
        """Return the SQL of an aggregate of a group."""
        if aggregate.measure is None:
            return "count(*)"
        value = self._values[aggregate.measure]
        if rank := RANKS.get(aggregate.function):
            at = rank.format(n=f"q.n_{aggregate.measure}")
            return f"max(CASE WHEN q.r_{aggregate.measure} = {at} THEN {value} END)"
        return f"{aggregate.function}({value})"


def _page(read: "_Reader", request: GroupRequest, records: list[Row], total: int) -> GroupPage:
    more = len(records) > request.size
    groups = [read.group(record) for record in records[: request.size]]
    return GroupPage(groups[::-1] if request.backward else groups, more, total)


def required_aggregates(source: Source, request: GroupRequest) -> set[Aggregate]:
    """Return all aggregates that the groups need."""
    return set(_aggregates(source, request))


def _aggregates(source: Source, request: GroupRequest) -> list[Aggregate]:
    """Return the count, the selected aggregates and those that order or bound the groups."""
    functions = source.listing.functions.items()
    every = [Aggregate(function, measure) for measure, those in functions for function in those]
    used = {key for key, _ in request.order} | {bound[0] for bound in request.having}
    scope = every if request.aggregates is None else request.aggregates
    return [COUNT, *(a for a in every if a in scope or a in used)]


class _Reader:
    """Converts the columns of groups to their values."""

    def __init__(
        self,
        source: Source,
        dimensions: Sequence[Dimension],
        aggregates: Sequence[Aggregate],
        columns: GroupColumns,
    ) -> None:
        self._listing = source.listing
        self._dimensions = dimensions
        self._aggregates = aggregates
        self._columns = columns
        self._decoders = [_decoder(source, dimension) for dimension in dimensions]

    def group(self, record: Sequence[Any]) -> Group:
        """Return the group of a row."""
        keys = {
            dimension.name: None if value is None else decode(value)
            for dimension, decode, value in zip(
                self._dimensions, self._decoders, record, strict=False
            )
        }
        numbers = dict(zip(self._aggregates, record[len(self._dimensions) :], strict=False))
        measures: dict[str, dict[str, Decimal | None]] = {}
        for aggregate in self._aggregates:
            if (name := aggregate.measure) is not None:
                number = number_of(self._listing, aggregate, numbers[aggregate])
                measures.setdefault(name, {})[aggregate.function] = number
        return Group(keys, numbers[COUNT], measures, self._columns.position(record))


def _decoder(source: Source, dimension: Dimension) -> Decoder:
    if dimension.bands:
        return BANDS.__getitem__
    field = field_of(source.listing, dimension)
    if dimension.truncation is not None or isinstance(field, DateField):
        return lambda value: date.fromisoformat(value) if isinstance(value, str) else value
    return bool if isinstance(field, BooleanField) else lambda value: value
