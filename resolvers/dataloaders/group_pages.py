"""Pages of groups: conditions on groups, their order, cursors and total, in one statement.

``aggregated`` is a query for all groups: a column for each key, for each aggregate, and for the
parent's key if there is one, named ``c0`` and so on. Everything here applies to its rows.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.fields import DateField

from erikti.database.rows import Row
from resolvers.dataloaders.conditions import OPERATORS, Bound, Statement, further
from resolvers.dataloaders.dimensions import field_of
from resolvers.dataloaders.listings import Aggregate, Dimension, GroupPosition, GroupRequest
from resolvers.dataloaders.measures import unit_of
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.rollups import COUNT

DATE = DateField()


class GroupColumns:
    """The columns of a query for all groups, and the order of its rows."""

    def __init__(
        self,
        source: Source,
        request: GroupRequest,
        dimensions: Sequence[Dimension],
        aggregates: Sequence[Aggregate],
    ) -> None:
        self._source = source
        self._request = request
        self._dimensions = dimensions
        self._places: dict[str | Aggregate, int] = {d.name: i for i, d in enumerate(dimensions)}
        self._places |= {a: len(dimensions) + i for i, a in enumerate(aggregates)}
        self.size = len(self._places)
        self.order = group_order(request)

    def page(self, statement: Statement, aggregated: str, keys: Sequence[object]) -> str:
        """Return the statement for the page: total, the parent's key, and the groups' columns.

        There is always a row for the total; without a group on the page its count is NULL.
        """
        request, owner = self._request, f"c{self.size}"
        parent = self._source.parent is not None
        kept = self._having(statement)
        every = f"({self._filled(statement, keys)}) f" if request.periods else "a"
        groups = f"SELECT * FROM {every} WHERE {kept}" if kept else f"SELECT * FROM {every}"
        where = self._beyond(statement)
        order = self._order("g")
        limit = statement.dialect.param(statement.bind(request.size + 1))
        if parent:
            totals = f"SELECT count(*) AS total, {owner} AS owner FROM g GROUP BY {owner}"
            rank = f"row_number() OVER (PARTITION BY {owner} ORDER BY {order}) AS place"
            page = f"SELECT * FROM (SELECT g.*, {rank} FROM g WHERE {where}) r"
            page = f"{page} WHERE place <= {limit}"
        else:
            totals = "SELECT count(*) AS total, NULL AS owner FROM g"
            page = f"SELECT * FROM g WHERE {where} ORDER BY {order} LIMIT {limit}"
        joined = f"p.{owner} = n.owner" if parent else "TRUE"
        return (
            f"WITH a AS MATERIALIZED ({aggregated}), g AS MATERIALIZED ({groups}) "
            f"SELECT n.total, n.owner, p.* FROM ({totals}) n LEFT JOIN ({page}) p ON {joined} "
            f"ORDER BY {self._order('p')}"
        )

    def _filled(self, statement: Statement, keys: Sequence[object]) -> str:
        """Return the query for all groups, with one of no records for each missing period.

        Each combination of the other keys has a group for each period.
        """
        request, dimensions = self._request, self._dimensions
        place = next(i for i, d in enumerate(dimensions) if d.truncation is not None)
        others = [i for i in range(len(dimensions)) if i != place]
        if self._source.parent is not None:
            others.append(self.size)
        found = f"SELECT DISTINCT {', '.join(f'c{i}' for i in others)} FROM a"
        if others == [self.size]:
            found = f"SELECT value AS c{self.size} FROM {self._source.keys(statement, keys)} k"
        elif not others:
            found = "SELECT 1 AS one"
        days = [statement.dialect.encode(DATE, day) for day in request.periods]
        series = statement.dialect.keys(statement.bind(statement.dialect.array(days)), "date")
        columns = [f"o.c{i}" if i in others else "NULL" for i in range(self.size)]
        columns[place], columns[self._places[COUNT]] = "s.value", "0"
        columns += [f"o.c{i}" for i in others if i == self.size]
        keys_of = {place, *others}
        # A period with records has two rows: its own, and one without numbers.
        merged = [f"c{i}" if i in keys_of else f"max(c{i}) AS c{i}" for i in range(len(columns))]
        return (
            f"SELECT {', '.join(merged)} FROM (SELECT * FROM a UNION ALL "
            f"SELECT {', '.join(columns)} FROM ({found}) o CROSS JOIN {series} s) b "
            f"GROUP BY {', '.join(f'c{i}' for i in sorted(keys_of))}"
        )

    def position(self, record: Row) -> GroupPosition:
        """Return a group's place in the order, as JSON can write it."""
        return tuple(_portable(record[self._places[key]]) for key, _ in self.order)

    def count(self, record: Sequence[Any]) -> int | None:
        """Return the count of a group; None if a row has only the total."""
        return record[self._places[COUNT]]  # type: ignore[no-any-return]

    def _having(self, statement: Statement) -> str:
        conditions = []
        for aggregate, operator, value in self._request.having:
            bound = value
            if aggregate.measure is not None:
                # An average can lie between two multiples of the unit, as can its bound.
                bound = Decimal(value) * unit_of(self._source.listing, aggregate.measure)
            number = _number(statement, bound)
            conditions.append(f"c{self._places[aggregate]} {OPERATORS[operator]} {number}")
        return " AND ".join(conditions)

    def _order(self, alias: str) -> str:
        reverse = self._request.backward
        terms = []
        for key, descending in self.order:
            column = f"{alias}.c{self._places[key]}"
            terms.append(f"{column} IS NULL{' DESC' if reverse else ''}")
            terms.append(f"{column}{' DESC' if descending != reverse else ''}")
        return ", ".join(terms)

    def _beyond(self, statement: Statement) -> str:
        request = self._request
        bounds = ((request.position, request.backward), (request.until, not request.backward))
        found = [self._bound(statement, p, reverse) for p, reverse in bounds if p is not None]
        return " AND ".join(found) or "TRUE"

    def _bound(self, statement: Statement, position: GroupPosition, reverse: bool) -> str:
        terms = []
        for (key, descending), value in zip(self.order, position, strict=True):
            bound = None if value is None else self._bind(statement, key, value)
            terms.append(Bound(f"g.c{self._places[key]}", bound, descending != reverse, True))
        return further(terms, reverse)

    def _bind(self, statement: Statement, key: str | Aggregate, value: str | int) -> str:
        if isinstance(key, Aggregate):
            return _number(statement, Decimal(value))
        dimension = self._source.listing.dimensions[key]
        if dimension.bands:
            return _number(statement, Decimal(value))
        field = field_of(self._source.listing, dimension)
        if dimension.truncation is not None or isinstance(field, DateField):
            return statement.value(DATE, date.fromisoformat(str(value)))
        return statement.value(field, value)


def group_order(request: GroupRequest) -> list[tuple[str | Aggregate, bool]]:
    """Return the whole order of groups: as requested, then descending count, then the keys."""
    terms: dict[str | Aggregate, bool] = dict(request.order)
    terms.setdefault(COUNT, True)
    for name in request.by:
        terms.setdefault(name, False)
    return list(terms.items())


def _number(statement: Statement, value: float | Decimal) -> str:
    bound = statement.bind(statement.dialect.number(value))
    return f"CAST({statement.dialect.param(bound)} AS numeric)"


def _portable(value: object) -> str | int | None:
    """Return a value of a column in the form of a cursor; numbers other than integers are text."""
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)
