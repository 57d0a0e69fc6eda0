"""Groups of a list by several dimensions: aggregated, and a page of them, in one statement."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tortoise.fields import BooleanField

from erikti.database.connection import fetch
from erikti.database.fields import FixedPoint
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.group_pages import GroupColumns
from resolvers.dataloaders.listings import Aggregate, Dimension, Group, GroupPage, GroupRequest
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.rollups import COUNT, Covered, covering_rollup
from resolvers.dataloaders.tables import column_of, table

FUNCTIONS = ("sum", "avg", "min", "max")
AVERAGE_DIGITS = 4  # decimals of an average beyond those of the values


async def load_groups(
    source: Source, request: GroupRequest, keys: Sequence[Any]
) -> list[GroupPage]:
    """Load a page of groups per parent key, or of those of the whole list.

    Reads a rollup if one covers the request, else the records.
    """
    statement = Statement()
    dimensions = [source.listing.dimensions[name] for name in request.by]
    aggregates = _aggregates(source, request)
    columns = GroupColumns(source, request, dimensions, aggregates)
    aggregated = _aggregated(source, request, statement, dimensions, aggregates, keys)
    records = await fetch(columns.page(statement, aggregated), statement.parameters)
    pages: dict[Any, list[Sequence[Any]]] = {}
    totals: dict[Any, int] = {}
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
    keys: Sequence[Any],
) -> str:
    """Return the query for all groups, whose columns ``GroupColumns`` describes."""
    owner = None if source.parent is None else source.key()
    scope = required_aggregates(source, request)
    rollup = covering_rollup(source.listing, request.condition, owner, dimensions, scope)
    columns = [_key(source, rollup, statement, dimension) for dimension in dimensions]
    columns += [_aggregate(source, rollup, statement, aggregate) for aggregate in aggregates]
    if rollup is None:
        rows, where = _rows(source, dimensions), source.where(statement, request.condition)
    else:
        rows, where = rollup.rows, rollup.where(statement)
    positions = [str(i + 1) for i in range(len(dimensions))]
    if owner is not None:
        where = f"{source.among(statement, keys)} AND {where}"
        columns.append(owner)
        positions.append(str(len(columns)))
    names = [f"{column} AS c{i}" for i, column in enumerate(columns)]
    sql = f"SELECT {', '.join(names)} FROM {rows} WHERE {where}"
    return f"{sql} GROUP BY {', '.join(positions)}"


def _page(
    read: "_Reader", request: GroupRequest, records: list[Sequence[Any]], total: int
) -> GroupPage:
    more = len(records) > request.size
    groups = [read.group(record) for record in records[: request.size]]
    return GroupPage(groups[::-1] if request.backward else groups, more, total)


def required_aggregates(source: Source, request: GroupRequest) -> set[Aggregate]:
    """Return all aggregates that the groups need."""
    return set(_aggregates(source, request))


def _aggregates(source: Source, request: GroupRequest) -> list[Aggregate]:
    """Return the count, the selected aggregates and those that order or bound the groups."""
    every = [Aggregate(f, measure) for measure in source.listing.measures for f in FUNCTIONS]
    used = {key for key, _ in request.order} | {bound[0] for bound in request.having}
    scope = every if request.aggregates is None else request.aggregates
    return [COUNT, *(a for a in every if a in scope or a in used)]


def _rows(source: Source, dimensions: Sequence[Dimension]) -> str:
    """Return the FROM clause with the link tables of multi-valued dimensions."""
    rows = source.rows()
    key = table(source.listing.model).key
    for dimension in dimensions:
        if link := source.listing.tags.get(dimension.field):
            name = table(link.model).name
            rows += f" JOIN {name} d_{dimension.name} ON d_{dimension.name}.{link.owner} = t.{key}"
    return rows


def _key(source: Source, rollup: Covered | None, statement: Statement, dimension: Dimension) -> str:
    if link := source.listing.tags.get(dimension.field):
        return f"d_{dimension.name}.{link.value}" if rollup is None else f"t.{link.value}"
    column = f"t.{column_of(source.listing.model, dimension.field)}"
    if dimension.truncation is None:
        return column
    return statement.dialect.truncate(dimension.truncation, column)


def _aggregate(
    source: Source, rollup: Covered | None, statement: Statement, aggregate: Aggregate
) -> str:
    if rollup is not None:
        return rollup.aggregate(statement, aggregate)
    if aggregate.measure is None:
        return "count(*)"
    column = f"t.{column_of(source.listing.model, aggregate.measure)}"
    return f"{aggregate.function}({column})"


class _Reader:
    """Converts the columns of groups to their values."""

    def __init__(
        self,
        source: Source,
        dimensions: Sequence[Dimension],
        aggregates: Sequence[Aggregate],
        columns: GroupColumns,
    ) -> None:
        self._dimensions = dimensions
        self._aggregates = aggregates
        self._columns = columns
        self._decoders = [_decoder(source, dimension) for dimension in dimensions]
        self._scales = {name: _places(source, name) for name in source.listing.measures}

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
                number = _number(numbers[aggregate], aggregate.function, self._scales[name])
                measures.setdefault(name, {})[aggregate.function] = number
        return Group(keys, numbers[COUNT], measures, self._columns.position(record))


def _decoder(source: Source, dimension: Dimension) -> Callable[[Any], Any]:
    if dimension.truncation is not None:
        return lambda value: date.fromisoformat(value) if isinstance(value, str) else value
    field = source.listing.model._meta.fields_map.get(dimension.field)
    return bool if isinstance(field, BooleanField) else lambda value: value


def _places(source: Source, measure: str) -> int:
    field = table(source.listing.model).field(measure)
    return field.places if isinstance(field, FixedPoint) else 0


def _number(value: Any, function: str, places: int) -> Decimal | None:
    """Convert an aggregate to the measure's unit, averages with more decimals than values."""
    if value is None:
        return None
    digits = places + (AVERAGE_DIGITS if function == "avg" else 0)
    return round(Decimal(str(value)).scaleb(-places), digits)
