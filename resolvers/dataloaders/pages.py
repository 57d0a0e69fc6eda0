"""Pages, totals and groups of a list, for one parent or for many in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.database import fetch
from resolvers.dataloaders.conditions import Scope, Statement, beyond, order_by
from resolvers.dataloaders.listings import Condition, Link, Listing, Page, PageRequest
from resolvers.dataloaders.tables import key_type, table


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

    scope: Scope
    listing: Listing
    parent: Parent | None = None

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
        return self.scope.sql(statement, self.listing.model, condition)

    def _bind(self, statement: Statement, keys: Sequence[Any]) -> int:
        model, column = self._key_column()
        return statement.array(table(model).field(column), keys)

    def _key_type(self) -> str:
        return key_type(*self._key_column())

    def _key_column(self) -> tuple[Any, str]:
        assert self.parent is not None
        if self.parent.link is not None:
            return self.parent.link.model, self.parent.link.owner
        assert self.parent.column is not None
        return self.listing.model, self.parent.column


async def load_pages(source: Source, request: PageRequest, keys: Sequence[Any]) -> list[Page]:
    """One page per parent key, or the one page of a list without a parent."""
    statement = Statement()
    model = source.listing.model
    records = table(model)
    select = records.select("r" if source.parent else "t")
    conditions = [source.where(statement, request.condition)]
    if request.position is not None:
        conditions.append(
            beyond(statement, model, request.order, request.position, request.backward)
        )
    order = order_by(model, request.order, "t", request.backward)
    tail = f"ORDER BY {order} LIMIT {statement.dialect.param(statement.bind(request.size + 1))}"
    if source.parent is None:
        where = " AND ".join(conditions)
        sql = f"SELECT {select} FROM {source.rows()} WHERE {where} {tail}"
        rows = records.rows(await fetch(sql, statement.parameters))
        return [_page(rows, request)]
    where = " AND ".join([f"{source.key()} = k.value", *conditions])
    inner = f"SELECT t.rowid FROM {source.rows()} WHERE {where} {tail}"
    sql = statement.dialect.first_per_key(
        source.keys(statement, keys), records.name, f"k.value, {select}", inner
    )
    sql += f" ORDER BY {order_by(model, request.order, 'r', request.backward)}"
    found = await fetch(sql, statement.parameters)
    rows_by_key: dict[Any, list[Any]] = {}
    for record, row in zip(found, records.rows(found, skip=1), strict=True):
        rows_by_key.setdefault(record[0], []).append(row)
    return [_page(rows_by_key.get(key, []), request) for key in keys]


def _page(rows: list[Any], request: PageRequest) -> Page:
    shown = rows[: request.size]
    return Page(shown[::-1] if request.backward else shown, more=len(rows) > request.size)


async def load_counts(source: Source, condition: Condition, keys: Sequence[Any]) -> list[int]:
    """The number of records per parent key, or of the whole list."""
    statement = Statement()
    where = source.where(statement, condition)
    if source.parent is None:
        rows = await fetch(
            f"SELECT count(*) FROM {source.rows()} WHERE {where}", statement.parameters
        )
        return [rows[0][0]]
    among = source.among(statement, keys)
    key = source.key()
    sql = f"SELECT {key}, count(*) FROM {source.rows()} WHERE {among} AND {where} GROUP BY {key}"
    counts = {record[0]: record[1] for record in await fetch(sql, statement.parameters)}
    return [counts.get(key, 0) for key in keys]
