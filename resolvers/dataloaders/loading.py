"""Loaders: each asks for the keys of a whole level in one statement.

A domain's loaders are a ``LoaderGroup`` whose attributes are made by ``one_by``,
``lists_by``, ``values_by`` and so on. Every operation has an instance of its own, and each
loader comes to life when it is first used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any, cast

from tortoise.models import Model

from erikti.database.connection import dialect, enqueue, schedule
from erikti.database.snapshots import Query, Receive
from models.people import Person
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.listings import (
    ANY,
    Condition,
    Link,
    every,
)
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import MAX_SELECTIONS, Selection, key_type, table

Load = Callable[[list[Any]], Query | Awaitable[Sequence[Any]]]
Then = Callable[[list[Any]], list[Any]]


class LoaderGroup:
    """The loaders of one domain for one operation."""

    def __init__(self, scope: LoaderScope) -> None:
        self.scope = scope


class _Batch:
    """Keys that are loaded together, and who waits for some of them."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.waiting: list[_Waiting] = []


class _Waiting:
    """One who asked for keys, until the batches that they are in have arrived."""

    def __init__(self, keys: Sequence[Any], then: Then | None, batches: int) -> None:
        self.keys = keys
        self.then = then
        self.batches = batches
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Loader:
    """Values by key: those asked for at the same moment are loaded by one statement.

    What was loaded is remembered, so each key is loaded once.
    """

    def __init__(self, load: Load, known: dict[Any, Any] | None = None) -> None:
        self._load = load
        self._values: dict[Any, Any] = known or {}
        self._flying: dict[Any, _Batch] = {}
        self._open: _Batch | None = None

    def load(self, key: Any) -> Awaitable[Any]:
        """The value of one key, in a future: one that nobody comes to wait for does no harm."""
        if key not in self._values:
            return cast(Awaitable[Any], self.load_many([key], _first))
        known = asyncio.get_running_loop().create_future()
        known.set_result(self._values[key])
        return known

    def load_many(
        self, keys: Sequence[Any], then: Then | None = None
    ) -> list[Any] | Awaitable[list[Any]]:
        """The values of keys in order, or what ``then`` makes of the list of them.

        They are there at once where all of them are known.
        """
        values, flying = self._values, self._flying
        missing = [key for key in dict.fromkeys(keys) if key not in values]
        if not missing:
            found = [values[key] for key in keys]
            return found if then is None else then(found)
        unasked = [key for key in missing if key not in flying] if flying else missing
        if unasked:
            batch = self._open or self._begin()
            batch.keys += unasked
            flying.update(dict.fromkeys(unasked, batch))
        batches = {id(batch): batch for batch in map(flying.__getitem__, missing)}
        waiting = _Waiting(keys, then, len(batches))
        for batch in batches.values():
            batch.waiting.append(waiting)
        return waiting.answer

    def _begin(self) -> _Batch:
        self._open = _Batch()
        schedule(self._dispatch)
        return self._open

    def _dispatch(self) -> None:
        batch, self._open = self._open, None
        assert batch is not None
        receive = partial(self._receive, batch)
        try:
            found = self._load(batch.keys)
            if isinstance(found, Query):
                enqueue(found, receive)
            else:
                task = asyncio.ensure_future(found)
                task.add_done_callback(lambda done: _hand_over(done, receive))
        except Exception as error:
            receive(None, error)

    def _receive(self, batch: _Batch, found: Any, error: Exception | None) -> None:
        for key in batch.keys:
            del self._flying[key]
        if error is None:
            try:
                self._values.update(dict(zip(batch.keys, found, strict=True)))
            except ValueError as uneven:
                error = uneven
        for waiting in batch.waiting:
            waiting.batches -= 1
            if waiting.answer.done():
                continue
            if error is not None:
                waiting.answer.set_exception(error)
            elif not waiting.batches:
                self._answer(waiting)

    def _answer(self, waiting: _Waiting) -> None:
        try:
            found = [self._values[key] for key in waiting.keys]
            waiting.answer.set_result(found if waiting.then is None else waiting.then(found))
        except Exception as error:
            waiting.answer.set_exception(error)


def _hand_over(done: asyncio.Future[Any], receive: Receive) -> None:
    error = asyncio.CancelledError() if done.cancelled() else done.exception()
    if error is None:
        receive(done.result(), None)
    else:
        receive(None, error if isinstance(error, Exception) else RuntimeError("loading ended"))


def _first(found: list[Any]) -> Any:
    return found[0]


def one_by(model: type[Model], column: str) -> cached_property[Loader]:
    """The record whose unique column holds the key, None where there is none."""

    def make(group: LoaderGroup) -> Loader:
        return Loader(partial(load_one, group.scope, model, column), known={None: None})

    return cached_property(make)


def all_of(model: type[Model], order: str, *more: str) -> cached_property[Loader]:
    """Every record of a small table, in order; the key means nothing.

    The columns ``more`` are read whatever the operation asks for.
    """
    return cached_property(
        lambda group: Loader(partial(_load_all, group.scope, model, order, more))
    )


def values_by(link: Link) -> cached_property[Loader]:
    """The values that a link table ties to the key, in order."""
    return cached_property(lambda _: Loader(partial(_load_values, link)))


def rows_by(model: type[Model], column: str) -> cached_property[Loader]:
    """The few records whose column holds the key, in order of their own key."""
    return cached_property(lambda group: Loader(partial(_load_rows, group.scope, model, column)))


def sum_by(model: type[Model], column: str, measure: str) -> cached_property[Loader]:
    """The sum of a measure over the records whose column holds the key."""
    return cached_property(
        lambda group: Loader(partial(_load_sums, group.scope, model, column, measure))
    )


def load_one(
    scope: LoaderScope, model: type[Model], column: str, keys: list[Any], also: Condition = ANY
) -> Query:
    """The records whose unique column holds the keys, None where the caller sees none.

    ``also`` is what holds of them besides. Where the caller does not see all, the record next to
    a key is read in the place of one that is not there: time does not tell what is not there from
    what is not seen.
    """
    selection = scope.of(model, column)
    found = by_key(keys, selection.columns.index(column))

    def read(rows: Sequence[Any]) -> list[Any]:
        records = found(rows)
        if model is not Person:  # of whom it is recorded what was told
            scope.count(model, len(records) - records.count(None))
        return records

    condition = every(also, scope.policy.of(model))
    if condition == ANY:
        return _rows_query(scope, selection, column, keys, read)
    statement = Statement()
    name, active = selection.table.name, statement.dialect
    sought = active.keys(statement.bind(active.array(keys)), key_type(model, column))
    at_least = f"SELECT n.{column} FROM {name} n WHERE n.{column} >= k.value ORDER BY 1 LIMIT 1"
    last = f"SELECT n.{column} FROM {name} n WHERE n.{column} IS NOT NULL ORDER BY 1 DESC LIMIT 1"
    near = f"SELECT coalesce(({at_least}), ({last})) FROM {sought} k"
    seen = holds(statement, model, condition)
    sql = f"SELECT {selection.select('t')} FROM {name} t WHERE t.{column} IN ({near}) AND {seen}"
    return Query(sql, statement.parameters, selection.row, read)


def by_key(keys: list[Any], position: int) -> Callable[[Sequence[Any]], list[Any]]:
    """What puts rows in the order of the keys that they hold at a position."""

    def read(rows: Sequence[Any]) -> list[Any]:
        found = {row[position]: row for row in rows}
        return [found.get(key) for key in keys]

    return read


def _load_rows(scope: LoaderScope, model: type[Model], column: str, keys: list[Any]) -> Query:
    def read(rows: Sequence[Any]) -> list[list[Any]]:
        found: dict[Any, list[Any]] = {key: [] for key in keys}
        for row in rows:
            found[getattr(row, column)].append(row)
        return [found[key] for key in keys]

    return _rows_query(scope, scope.of(model, column), column, keys, read)


def _rows_query(
    scope: LoaderScope,
    selection: Selection,
    column: str,
    keys: list[Any],
    read: Callable[[Sequence[Any]], Any],
) -> Query:
    model = selection.table.model
    if scope.policy.of(model) == ANY:
        return Query(_rows_among(selection, column), [dialect().array(keys)], selection.row, read)
    among, parameters = _among(scope, model, column, keys)
    rows = f"SELECT {selection.select('t')} FROM {selection.table.name} t"
    sql = f"{rows} WHERE {among} ORDER BY t.{selection.table.key}"
    return Query(sql, parameters, selection.row, read)


@lru_cache(maxsize=MAX_SELECTIONS)
def _rows_among(selection: Selection, column: str) -> str:
    """The statement for the rows whose column holds one of the keys."""
    records = selection.table
    among = dialect().any_of(f"t.{column}", 1)
    rows = f"SELECT {selection.select('t')} FROM {records.name} t"
    return f"{rows} WHERE {among} ORDER BY t.{records.key}"


def _among(
    scope: LoaderScope, model: type[Model], column: str, keys: list[Any]
) -> tuple[str, list[Any]]:
    """The condition that a row has one of the keys and is seen by the caller; its parameters."""
    statement = Statement()
    among = statement.dialect.any_of(f"t.{column}", statement.bind(statement.dialect.array(keys)))
    return f"{among} AND {holds(statement, model, scope.policy.of(model))}", statement.parameters


def _load_all(
    scope: LoaderScope, model: type[Model], order: str, more: tuple[str, ...], keys: list[Any]
) -> Query:
    selection = scope.of(model, *more)
    statement = Statement()
    seen = holds(statement, model, scope.policy.of(model))
    rows = f"SELECT {selection.select('t')} FROM {selection.table.name} t WHERE {seen}"
    sql = f"{rows} ORDER BY t.{order}"
    return Query(sql, statement.parameters, selection.row, lambda rows: [list(rows) for _ in keys])


def _load_values(link: Link, keys: list[Any]) -> Query:
    ties = table(link.model)
    owner = f"t.{link.owner}"
    among = dialect().any_of(owner, 1)
    sql = f"SELECT {owner}, t.{link.value} FROM {ties.name} t WHERE {among} ORDER BY t.{link.value}"

    def read(rows: Sequence[Any]) -> list[list[Any]]:
        found: dict[Any, list[Any]] = {key: [] for key in keys}
        for key, value in rows:
            found[key].append(value)
        return [found[key] for key in keys]

    return Query(sql, [dialect().array(keys)], None, read)


def _load_sums(
    scope: LoaderScope, model: type[Model], column: str, measure: str, keys: list[Any]
) -> Query:
    records = table(model)
    field = records.field(measure)
    among, parameters = _among(scope, model, column, keys)
    total = f"CAST(sum(t.{measure}) AS bigint)"
    sql = f"SELECT t.{column}, {total} FROM {records.name} t WHERE {among} GROUP BY t.{column}"

    def read(rows: Sequence[Any]) -> list[Any]:
        sums = dict(iter(rows))
        return [field.to_python_value(sums.get(key, 0)) for key in keys]

    return Query(sql, parameters, None, read)
