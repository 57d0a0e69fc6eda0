"""Loaders: each asks for the keys of a whole level in one statement.

A domain's loaders are a class whose attributes are made by ``one_by``, ``lists_by``,
``values_by`` and so on. Every operation has an instance of its own, and each loader comes
to life when it is first used.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import cached_property, partial
from typing import Any

from strawberry.dataloader import DataLoader
from tortoise.models import Model

from models.database import fetch
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.groups import load_groups
from resolvers.dataloaders.listings import (
    Condition,
    Group,
    GroupRequest,
    Link,
    Listing,
    Page,
    PageRequest,
)
from resolvers.dataloaders.pages import Parent, Source, load_counts, load_pages
from resolvers.dataloaders.tables import table


class Lists:
    """A list of records, whole or by parent: its pages, totals and groups.

    Every different request has a loader of its own, so that parents that ask the same
    share one statement.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    @property
    def listing(self) -> Listing:
        """What the list offers."""
        return self._source.listing

    def page(self, parent: Any, request: PageRequest) -> Awaitable[Page]:
        """One page of a parent's records; of all records where there is no parent."""
        return self._loader(request, load_pages).load(parent)

    def count(self, parent: Any, condition: Condition) -> Awaitable[int]:
        """How many of a parent's records fulfil the condition."""
        return self._loader(condition, load_counts).load(parent)

    def groups(self, parent: Any, request: GroupRequest) -> Awaitable[list[Group]]:
        """The groups of a parent's records."""
        return self._loader(request, load_groups).load(parent)

    def _loader(self, request: Hashable, load: Callable[..., Any]) -> DataLoader[Any, Any]:
        if request not in self._loaders:
            self._loaders[request] = DataLoader(partial(load, self._source, request))
        return self._loaders[request]


def one_by(model: type[Model], column: str) -> cached_property[DataLoader[Any, Any]]:
    """The record whose unique column holds the key, None where there is none."""
    return cached_property(lambda _: DataLoader(partial(_load_one, model, column)))


def lists(listing: Listing) -> cached_property[Lists]:
    """All records of a listing."""
    return cached_property(lambda _: Lists(Source(listing)))


def lists_by(listing: Listing, column: str) -> cached_property[Lists]:
    """The records of a listing whose column holds the parent's key."""
    return cached_property(lambda _: Lists(Source(listing, Parent(column=column))))


def lists_through(listing: Listing, link: Link) -> cached_property[Lists]:
    """The records of a listing that a link table ties to the parent."""
    return cached_property(lambda _: Lists(Source(listing, Parent(link=link))))


def all_of(model: type[Model], order: str) -> cached_property[DataLoader[Any, Any]]:
    """Every record of a small table, in order; the key means nothing."""
    return cached_property(lambda _: DataLoader(partial(_load_all, model, order)))


def values_by(link: Link) -> cached_property[DataLoader[Any, Any]]:
    """The values that a link table ties to the key, in order."""
    return cached_property(lambda _: DataLoader(partial(_load_values, link)))


def rows_by(model: type[Model], column: str) -> cached_property[DataLoader[Any, Any]]:
    """The few records whose column holds the key, in order of their own key."""
    return cached_property(lambda _: DataLoader(partial(_load_rows, model, column)))


def sum_by(model: type[Model], column: str, measure: str) -> cached_property[DataLoader[Any, Any]]:
    """The sum of a measure over the records whose column holds the key."""
    return cached_property(lambda _: DataLoader(partial(_load_sums, model, column, measure)))


async def _load_one(model: type[Model], column: str, keys: Sequence[Any]) -> list[Any]:
    rows = {getattr(row, column): row for row in await _rows_of(model, column, keys)}
    return [rows.get(key) for key in keys]


async def _load_rows(model: type[Model], column: str, keys: Sequence[Any]) -> list[list[Any]]:
    found: dict[Any, list[Any]] = {key: [] for key in keys}
    for row in await _rows_of(model, column, keys):
        found[getattr(row, column)].append(row)
    return [found[key] for key in keys]


async def _rows_of(model: type[Model], column: str, keys: Sequence[Any]) -> list[Any]:
    records = table(model)
    statement = Statement()
    among = statement.dialect.any_of(f"t.{column}", statement.array(records.field(column), keys))
    sql = (
        f"SELECT {records.select('t')} FROM {records.name} t WHERE {among} ORDER BY t.{records.key}"
    )
    return records.rows(await fetch(sql, statement.parameters))


async def _load_all(model: type[Model], order: str, keys: Sequence[Any]) -> list[list[Any]]:
    records = table(model)
    sql = f"SELECT {records.select('t')} FROM {records.name} t ORDER BY t.{order}"
    rows = records.rows(await fetch(sql))
    return [rows for _ in keys]


async def _load_values(link: Link, keys: Sequence[Any]) -> list[list[Any]]:
    ties = table(link.model)
    statement = Statement()
    owner = f"t.{link.owner}"
    among = statement.dialect.any_of(owner, statement.array(ties.field(link.owner), keys))
    sql = f"SELECT {owner}, t.{link.value} FROM {ties.name} t WHERE {among} ORDER BY t.{link.value}"
    found: dict[Any, list[Any]] = {key: [] for key in keys}
    for key, value in await fetch(sql, statement.parameters):
        found[key].append(value)
    return [found[key] for key in keys]


async def _load_sums(
    model: type[Model], column: str, measure: str, keys: Sequence[Any]
) -> list[Any]:
    records = table(model)
    field = records.field(measure)
    statement = Statement()
    among = statement.dialect.any_of(f"t.{column}", statement.array(records.field(column), keys))
    total = f"CAST(sum(t.{measure}) AS bigint)"
    sql = f"SELECT t.{column}, {total} FROM {records.name} t WHERE {among} GROUP BY t.{column}"
    sums = {record[0]: record[1] for record in await fetch(sql, statement.parameters)}
    return [field.to_python_value(sums.get(key, 0)) for key in keys]
