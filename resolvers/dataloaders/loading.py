"""Loaders, which load the keys of a whole level in one statement.

A domain's loaders are the attributes of a ``LoaderGroup``, defined by ``one_by``,
``lists_by``, ``values_by`` and so on. Each operation has its own instance, and each loader is
created when it is first used.
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
    """Keys that are loaded together, and the requests that wait for them."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.waiting: list[_Waiting] = []


class _Waiting:
    """A request for keys that waits for ``batches`` batches to arrive."""

    def __init__(self, keys: Sequence[Any], then: Then | None, batches: int) -> None:
        self.keys = keys
        self.then = then
        self.batches = batches
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Loader:
    """Values by key; those requested in the same event loop step are loaded by one statement.

    Loaded values are cached, so each key is loaded once.
    """

    def __init__(self, load: Load, known: dict[Any, Any] | None = None) -> None:
        self._load = load
        self._values: dict[Any, Any] = known or {}
        self._pending: dict[Any, _Batch] = {}
        self._open: _Batch | None = None

    def load(self, key: Any) -> Awaitable[Any]:
        """Return a future of one key's value; it is safe never to await it."""
        if key not in self._values:
            return cast(Awaitable[Any], self.load_many([key], _first))
        known = asyncio.get_running_loop().create_future()
        known.set_result(self._values[key])
        return known

    def load_many(
        self, keys: Sequence[Any], then: Then | None = None
    ) -> list[Any] | Awaitable[list[Any]]:
        """Return the values of keys in order, or the result of ``then`` on the list of them.

        Returns the list itself if all values are cached, else a future.
        """
        values, pending = self._values, self._pending
        missing = [key for key in dict.fromkeys(keys) if key not in values]
        if not missing:
            found = [values[key] for key in keys]
            return found if then is None else then(found)
        new = [key for key in missing if key not in pending] if pending else missing
        if new:
            batch = self._open or self._begin()
            batch.keys += new
            pending.update(dict.fromkeys(new, batch))
        batches = {id(batch): batch for batch in map(pending.__getitem__, missing)}
        waiting = _Waiting(keys, then, len(batches))
        for batch in batches.values():
            batch.waiting.append(waiting)
        return waiting.result

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
            del self._pending[key]
        if error is None:
            try:
                self._values.update(dict(zip(batch.keys, found, strict=True)))
            except ValueError as uneven:
                error = uneven
        for waiting in batch.waiting:
            waiting.batches -= 1
            if waiting.result.done():
                continue
            if error is not None:
                waiting.result.set_exception(error)
            elif not waiting.batches:
                self._resolve(waiting)

    def _resolve(self, waiting: _Waiting) -> None:
        try:
            found = [self._values[key] for key in waiting.keys]
            waiting.result.set_result(found if waiting.then is None else waiting.then(found))
        except Exception as error:
            waiting.result.set_exception(error)


def _hand_over(done: asyncio.Future[Any], receive: Receive) -> None:
    error = asyncio.CancelledError() if done.cancelled() else done.exception()
    if error is None:
        receive(done.result(), None)
    else:
        receive(None, error if isinstance(error, Exception) else RuntimeError("loading ended"))


def _first(found: list[Any]) -> Any:
    return found[0]


def one_by(model: type[Model], column: str) -> cached_property[Loader]:
    """Return a loader of the record whose unique column holds the key, None if there is none."""

    def make(group: LoaderGroup) -> Loader:
        return Loader(partial(load_one, group.scope, model, column), known={None: None})

    return cached_property(make)


def all_of(model: type[Model], order: str, *more: str) -> cached_property[Loader]:
    """Return a loader of all records of a small table, in order; the key is ignored.

    The columns ``more`` are always read.
    """
    return cached_property(
        lambda group: Loader(partial(_load_all, group.scope, model, order, more))
    )


def values_by(link: Link) -> cached_property[Loader]:
    """Return a loader of the values that a link table relates to the key, in order."""
    return cached_property(lambda _: Loader(partial(_load_values, link)))


def rows_by(model: type[Model], column: str) -> cached_property[Loader]:
    """Return a loader of the few records whose column holds the key, by their own key."""
    return cached_property(lambda group: Loader(partial(_load_rows, group.scope, model, column)))


def sum_by(model: type[Model], column: str, measure: str) -> cached_property[Loader]:
    """Return a loader of a measure's sum over the records whose column holds the key."""
    return cached_property(
        lambda group: Loader(partial(_load_sums, group.scope, model, column, measure))
    )


def load_one(
    scope: LoaderScope, model: type[Model], column: str, keys: list[Any], also: Condition = ANY
) -> Query:
    """Load the records whose unique column holds the keys, None for those not visible.

    ``also`` is a further condition on them. If the caller does not see all records, a missing
    key reads the record next to it, so that timing does not distinguish missing from hidden
    records.
    """
    selection = scope.of(model, column)
    found = by_key(keys, selection.columns.index(column))

    def read(rows: Sequence[Any]) -> list[Any]:
        records = found(rows)
        if model is not Person:  # the personal ledger records people
            scope.count(model, len(records) - records.count(None))
        return records

    condition = every(also, scope.policy.of(model))
    if condition == ANY:
        return _rows_query(scope, selection, column, keys, read)
    statement = Statement()
    name, active = selection.table.name, statement.dialect
    wanted = active.keys(statement.bind(active.array(keys)), key_type(model, column))
    at_least = f"SELECT n.{column} FROM {name} n WHERE n.{column} >= k.value ORDER BY 1 LIMIT 1"
    last = f"SELECT n.{column} FROM {name} n WHERE n.{column} IS NOT NULL ORDER BY 1 DESC LIMIT 1"
    near = f"SELECT coalesce(({at_least}), ({last})) FROM {wanted} k"
    visible = active.tested(holds(statement, model, condition))
    rows = f"SELECT {selection.select('t')} FROM {name} t"
    sql = f"{rows} WHERE t.{column} IN ({near}) AND {visible}"
    return Query(sql, statement.parameters, selection.row, read)


def by_key(keys: list[Any], position: int) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function that sorts rows by the order of the keys at a position of the row."""

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
    """Return the statement for the rows whose column holds one of the keys."""
    records = selection.table
    among = dialect().any_of(f"t.{column}", 1)
    rows = f"SELECT {selection.select('t')} FROM {records.name} t"
    return f"{rows} WHERE {among} ORDER BY t.{records.key}"


def _among(
    scope: LoaderScope, model: type[Model], column: str, keys: list[Any]
) -> tuple[str, list[Any]]:
    """Return SQL for whether a visible row has one of the keys, and its parameters."""
    statement = Statement()
    among = statement.dialect.any_of(f"t.{column}", statement.bind(statement.dialect.array(keys)))
    visible = statement.dialect.tested(holds(statement, model, scope.policy.of(model)))
    return f"{among} AND {visible}", statement.parameters


def _load_all(
    scope: LoaderScope, model: type[Model], order: str, more: tuple[str, ...], keys: list[Any]
) -> Query:
    selection = scope.of(model, *more)
    statement = Statement()
    visible = holds(statement, model, scope.policy.of(model))
    rows = f"SELECT {selection.select('t')} FROM {selection.table.name} t WHERE {visible}"
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
