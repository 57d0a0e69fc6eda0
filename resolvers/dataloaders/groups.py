"""Groups of a list by several dimensions, aggregated in one statement."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tortoise.fields import BooleanField

from erikti.database.connection import fetch
from erikti.database.fields import FixedPoint
from resolvers.dataloaders.conditions import OPERATORS, Statement
from resolvers.dataloaders.listings import Aggregate, Dimension, Group, GroupRequest
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.rollups import COUNT, Covered, covering_rollup
from resolvers.dataloaders.tables import column_of, table

FUNCTIONS = ("sum", "avg", "min", "max")


async def load_groups(
    source: Source, request: GroupRequest, keys: Sequence[Any]
) -> list[list[Group]]:
    """Load the groups per parent key, or those of the whole list, by default the largest first.

    Reads a rollup if one covers the request, else the records.
    """
    statement = Statement()
    dimensions = [source.listing.dimensions[name] for name in request.by]
    aggregates = _aggregates(source, request)
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
    if source.parent is not None:
        where = f"{source.among(statement, keys)} AND {where}"
        columns.append(source.key())
        positions.append(str(len(columns)))
    names = [f"{column} AS c{i}" for i, column in enumerate(columns)]
    sql = f"SELECT {', '.join(names)} FROM {rows} WHERE {where}"
    sql += f" GROUP BY {', '.join(positions)}"
    if having := _having(source, rollup, statement, request):
        sql += f" HAVING {having}"
    order = _order(request, dimensions, aggregates)
    limit = statement.dialect.param(statement.bind(request.limit))
    if source.parent is None:
        sql = f"SELECT * FROM ({sql}) g ORDER BY {order} LIMIT {limit}"
        records = await fetch(sql, statement.parameters)
        return [_groups(source, dimensions, aggregates, records)]
    rank = f"row_number() OVER (PARTITION BY c{len(columns) - 1} ORDER BY {order})"
    sql = f"SELECT * FROM (SELECT g.*, {rank} AS place FROM ({sql}) g) h WHERE place <= {limit}"
    records = await fetch(f"{sql} ORDER BY place", statement.parameters)
    by_key = _by(records, len(columns) - 1)
    return [_groups(source, dimensions, aggregates, by_key.get(key, [])) for key in keys]


def _by(records: Sequence[Sequence[Any]], place: int) -> dict[Any, list[Sequence[Any]]]:
    """Return the records grouped by the value at a position of the row."""
    found: dict[Any, list[Sequence[Any]]] = {}
    for record in records:
        found.setdefault(record[place], []).append(record)
    return found


def required_aggregates(source: Source, request: GroupRequest) -> set[Aggregate]:
    """Return all aggregates that the groups need."""
    return {*_aggregates(source, request), *(aggregate for aggregate, _, _ in request.having)}


def _aggregates(source: Source, request: GroupRequest) -> list[Aggregate]:
    """Return the count, the selected aggregates and those that order the groups."""
    every = [Aggregate(f, measure) for measure in source.listing.measures for f in FUNCTIONS]
    ordering = {key for key, _ in request.order}
    scope = every if request.aggregates is None else request.aggregates
    return [COUNT, *(a for a in every if a in scope or a in ordering)]


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


def _having(
    source: Source, rollup: Covered | None, statement: Statement, request: GroupRequest
) -> str:
    conditions = []
    for aggregate, operator, value in request.having:
        bound = value
        if aggregate.measure is not None:
            field = table(source.listing.model).field(aggregate.measure)
            # An average can lie between two multiples of the unit, so its bound is a fraction too.
            bound = Decimal(value).scaleb(field.places) if isinstance(field, FixedPoint) else value
        cast = "numeric" if aggregate.measure is not None else "integer"
        number = statement.bind(statement.dialect.number(bound))
        placeholder = f"CAST({statement.dialect.param(number)} AS {cast})"
        number_of = _aggregate(source, rollup, statement, aggregate)
        conditions.append(f"{number_of} {OPERATORS[operator]} {placeholder}")
    return " AND ".join(conditions)


def _order(
    request: GroupRequest, dimensions: Sequence[Dimension], aggregates: Sequence[Aggregate]
) -> str:
    """Return the ORDER BY terms: the requested order, then descending count, then the keys."""
    places: dict[str | Aggregate, int] = {d.name: i for i, d in enumerate(dimensions)}
    places |= {aggregate: len(dimensions) + i for i, aggregate in enumerate(aggregates)}
    terms = [(places[key], descending) for key, descending in request.order]
    terms += [(places[COUNT], True), *((i, False) for i in range(len(dimensions)))]
    return ", ".join(f"c{i} IS NULL, c{i}{' DESC' if down else ''}" for i, down in terms)


def _groups(
    source: Source,
    dimensions: Sequence[Dimension],
    aggregates: Sequence[Aggregate],
    records: Sequence[Sequence[Any]],
) -> list[Group]:
    decoders = [_decoder(source, dimension) for dimension in dimensions]
    scales = {name: _places(source, name) for name in source.listing.measures}
    groups = []
    for record in records:
        keys = {
            dimension.name: None if value is None else decode(value)
            for dimension, decode, value in zip(dimensions, decoders, record, strict=False)
        }
        numbers = dict(zip(aggregates, record[len(dimensions) :], strict=False))
        measures: dict[str, dict[str, Decimal | None]] = {}
        for aggregate in aggregates:
            if (name := aggregate.measure) is not None:
                number = _number(numbers[aggregate], scales[name])
                measures.setdefault(name, {})[aggregate.function] = number
        groups.append(Group(keys, numbers[COUNT], measures))
    return groups


def _decoder(source: Source, dimension: Dimension) -> Callable[[Any], Any]:
    if dimension.truncation is not None:
        return lambda value: date.fromisoformat(value) if isinstance(value, str) else value
    field = source.listing.model._meta.fields_map.get(dimension.field)
    return bool if isinstance(field, BooleanField) else lambda value: value


def _places(source: Source, measure: str) -> int:
    field = table(source.listing.model).field(measure)
    return field.places if isinstance(field, FixedPoint) else 0


def _number(value: Any, places: int) -> Decimal | None:
    """Convert a sum or average to the measure's unit, averages with four more decimals."""
    if value is None:
        return None
    return round(Decimal(str(value)).scaleb(-places), places + 4).normalize()
