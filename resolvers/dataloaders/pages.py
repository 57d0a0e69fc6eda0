"""Pages, totals and groups of a list, for one parent or for many in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from erikti.database.connection import dialect, fetch
from erikti.database.snapshots import Query
from resolvers.dataloaders.conditions import Statement, beyond, holds, order_by
from resolvers.dataloaders.listings import ANY, Condition, Link, Listing, Page, PageRequest
from resolvers.dataloaders.rollups import COUNT, covering
from resolvers.dataloaders.tables import MAX_SELECTIONS, Selection, key_type, table


@dataclass(frozen=True)
class Parent:
    """How records belong to a parent: by a column of their own, or through a link table.

    A link's ``owner`` is the parent and its ``value`` the record.
    """

    column: str | None = None
    link: Link | None = None


@dataclass(frozen=True)
class Source:
    """The rows that a list is made of: all of a model's, or those of one parent."""

    listing: Listing
    parent: Parent | None = None

    @property
    def relation(self) -> str | None:
        """The records' relation to their parent, where a column of their own holds it."""
        column = self.parent.column if self.parent else None
        return column.removesuffix("_id") if column else None

    def rows(self) -> str:
        """The FROM clause, records under ``t``."""
        records = table(self.listing.model)
        if self.parent is None or self.parent.link is None:
            return f"{records.name} t"
        link = self.parent.link
        ties = table(link.model).name
        return f"{records.name} t JOIN {ties} p ON p.{link.value} = t.{records.key}"

    def key(self) -> str:
        """The expression that holds the parent's key."""
        assert self.parent is not None
        if self.parent.link is not None:
            return f"p.{self.parent.link.owner}"
        return f"t.{self.parent.column}"

    def keys(self, statement: Statement, keys: Sequence[Any]) -> str:
        """The parents' keys as a table expression."""
        return statement.dialect.keys(self._bind(statement, keys), self._key_type())

    def among(self, statement: Statement, keys: Sequence[Any]) -> str:
        """The condition that a record belongs to one of the parents."""
        return statement.dialect.any_of(self.key(), self._bind(statement, keys))

    def where(self, statement: Statement, condition: Condition) -> str:
        """The condition on the records."""
        return holds(statement, self.listing.model, condition)

    def _bind(self, statement: Statement, keys: Sequence[Any]) -> int:
        # Keys come from rows, so they are as the database has them.
        return statement.bind(statement.dialect.array(keys))

    def _key_type(self) -> str:
        return key_type(*self._key_column())

    def _key_column(self) -> tuple[Any, str]:
        assert self.parent is not None
        if self.parent.link is not None:
            return self.parent.link.model, self.parent.link.owner
        assert self.parent.column is not None
        return self.listing.model, self.parent.column


def load_pages(
    source: Source, request: PageRequest, selection: Selection, keys: Sequence[Any]
) -> Query:
    """One page per parent key, or the one page of a list without a parent."""
    if request.condition == ANY and request.position is None:
        sql = _plain_page(source, replace(request, size=0), selection)
        parameters = [] if source.parent is None else [dialect().array(keys)]
        parameters.append(request.size + 1)
    else:
        statement = Statement()
        sql = _pages(source, request, statement, selection, keys)
        parameters = statement.parameters
    if source.parent is None:
        return Query(sql, parameters, selection.row, lambda rows: [_page(list(rows), request)])

    def read(rows: Sequence[Any]) -> list[Page]:
        found: list[list[Any]] = [[] for _ in keys]
        for row in rows:
            found[row[selection.size]].append(row)
        return [_page(page, request) for page in found]

    return Query(sql, parameters, selection.row, read)


@lru_cache(maxsize=MAX_SELECTIONS)
def _plain_page(source: Source, request: PageRequest, selection: Selection) -> str:
    """The statement for the first page of whole lists."""
    return _pages(source, request, Statement(), selection, [])


def _pages(
    source: Source,
    request: PageRequest,
    statement: Statement,
    selection: Selection,
    keys: Sequence[Any],
) -> str:
    if source.parent is None:
        return _page_of(source, request, statement, selection.select("t"))
    keys_table = source.keys(statement, keys)
    inner = _page_of(source, request, statement, f"t.{statement.dialect.row}")
    # ConcurrencyLimit cost less than keys to read and to find.
    selected = f"{selection.select('r')}, k.place"
    sql = statement.dialect.first_per_key(keys_table, selection.table.name, selected, inner)
    order = order_by(source.listing.model, request.order, "r", request.backward)
    return f"{sql} ORDER BY {order}"


def _page_of(source: Source, request: PageRequest, statement: Statement, selected: str) -> str:
    """The query for one page, of the parent with the key ``k.value`` where there is one.

    It asks for one row more than the page has, which tells whether there are more.
    """
    model = source.listing.model
    conditions = [source.where(statement, request.condition)]
    if source.parent is not None:
        conditions.insert(0, f"{source.key()} = k.value")
    if request.position is not None:
        order, position = request.order, request.position
        conditions.append(beyond(statement, model, order, position, request.backward))
    where = " AND ".join(conditions)
    order_terms = order_by(model, request.order, "t", request.backward)
    limit = statement.dialect.param(statement.bind(request.size + 1))
    return (
        f"SELECT {selected} FROM {source.rows()} WHERE {where} ORDER BY {order_terms} LIMIT {limit}"
    )


def _page(rows: list[Any], request: PageRequest) -> Page:
    more = len(rows) > request.size
    shown = rows[: request.size] if more else rows
    return Page(shown[::-1] if request.backward else shown, more)


async def load_counts(source: Source, condition: Condition, keys: Sequence[Any]) -> list[int]:
    """The number of records per parent key, or of the whole list.

    It is read from a rollup where one tells the records apart as the condition does.
    """
    statement = Statement()
    owner = None if source.parent is None else source.key()
    rollup = covering(source.listing, condition, owner)
    if rollup is None:
        rows, where, count = source.rows(), source.where(statement, condition), "count(*)"
    else:
        rows, where = rollup.rows, rollup.where(statement)
        count = rollup.aggregate(statement, COUNT)
    if owner is None:
        sql = f"SELECT {count} FROM {rows} WHERE {where}"
        return [(await fetch(sql, statement.parameters))[0][0] or 0]
    among = source.among(statement, keys)
    sql = f"SELECT {owner}, {count} FROM {rows} WHERE {among} AND {where} GROUP BY {owner}"
    counts = {record[0]: record[1] for record in await fetch(sql, statement.parameters)}
    return [counts.get(key, 0) for key in keys]
