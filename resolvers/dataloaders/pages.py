"""Pages and totals of a list, for one or many parents in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from erikti.database.connection import dialect, fetch
from erikti.database.snapshots import Query
from resolvers.dataloaders.conditions import Statement, beyond, holds, order_by
from resolvers.dataloaders.listings import ANY, Condition, Link, Listing, Page, PageRequest
from resolvers.dataloaders.rollups import COUNT, covering_rollup
from resolvers.dataloaders.tables import MAX_SELECTIONS, Selection, key_type, table


@dataclass(frozen=True)
class Parent:
    """The relation of records to a parent: by a column of theirs, or through a link table.

    A link's ``owner`` is the parent and its ``value`` the record.
    """

    column: str | None = None
    link: Link | None = None


@dataclass(frozen=True)
class Source:
    """The source of a list's rows: a whole table, or the records of a parent."""

    listing: Listing
    parent: Parent | None = None

    @property
    def relation(self) -> str | None:
        """Return the records' relation to their parent, or None without a column for it."""
        column = self.parent.column if self.parent else None
        return column.removesuffix("_id") if column else None

    def rows(self) -> str:
        """Return the FROM clause, with the records under the alias ``t``."""
        records = table(self.listing.model)
        if self.parent is None or self.parent.link is None:
            return f"{records.name} t"
        link = self.parent.link
        ties = table(link.model).name
        return f"{records.name} t JOIN {ties} p ON p.{link.value} = t.{records.key}"

    def key(self) -> str:
        """Return the SQL expression of the parent's key."""
        assert self.parent is not None
        if self.parent.link is not None:
            return f"p.{self.parent.link.owner}"
        return f"t.{self.parent.column}"

    def keys(self, statement: Statement, keys: Sequence[Any]) -> str:
        """Return the parents' keys as a table expression."""
        return statement.dialect.keys(self._bind(statement, keys), self._key_type())

    def among(self, statement: Statement, keys: Sequence[Any]) -> str:
        """Return SQL for whether a record belongs to one of the parents."""
        return statement.dialect.any_of(self.key(), self._bind(statement, keys))

    def where(self, statement: Statement, condition: Condition) -> str:
        """Return SQL for the condition on the records."""
        return holds(statement, self.listing.model, condition)

    def _bind(self, statement: Statement, keys: Sequence[Any]) -> int:
        # Keys come from rows, so they already have the database's representation.
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
    """Load one page per parent key, or the one page of a list without a parent."""
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
    """Return the statement for the first page of a whole list."""
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
    # Positions are cheaper to read and to look up than keys.
    selected = f"{selection.select('r')}, k.place"
    sql = statement.dialect.first_per_key(keys_table, selection.table.name, selected, inner)
    order = order_by(source.listing.model, request.order, "r", request.backward)
    return f"{sql} ORDER BY {order}"


def _page_of(source: Source, request: PageRequest, statement: Statement, selected: str) -> str:
    """Return the query for one page, of the parent with the key ``k.value`` if there is one.

    It reads one row more than the page has, to find out whether there are more.
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
    visible = rows[: request.size] if more else rows
    return Page(visible[::-1] if request.backward else visible, more)


async def load_counts(source: Source, condition: Condition, keys: Sequence[Any]) -> list[int]:
    """Count the records per parent key, or those of the whole list.

    Reads a rollup if one covers the condition, else the records.
    """
    statement = Statement()
    owner = None if source.parent is None else source.key()
    rollup = covering_rollup(source.listing, condition, owner)
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
