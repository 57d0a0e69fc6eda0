"""Loaders, which load the keys of a whole level in one statement.

What a loader finds is declared by a value (``found.py``): ``OneBy(Region, "code")``. Each
operation has its own loaders, one for each declaration, created when it is first used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, TypeAlias

from tortoise.models import Model
from typing_extensions import TypeVar

from erikti.database.connection import dialect, enqueue, schedule
from erikti.database.snapshots import Query, Receive
from models.columns import M
from models.people import Person
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.listings import ANY, Condition, Link, every
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import MAX_SELECTIONS, Selection, digits, key_type, table

V = TypeVar("V", covariant=True, default=object)  # noqa: PLC0105
K = TypeVar("K", default=object)
W = TypeVar("W")
Load: TypeAlias = Callable[[list[K]], Query[Sequence[V]] | Awaitable[Sequence[V]]]


class _Batch(Generic[V, K]):
    """Keys that are loaded together, and the requests that wait for them."""

    def __init__(self) -> None:
        self.keys: list[K] = []
        self.waiting: list[_Waiting[V, K]] = []


class _Waiting(Generic[V, K]):
    """A request for keys that waits for ``batches`` batches to arrive."""

    def __init__(self, keys: Sequence[K], then: Callable[[list[V]], object], batches: int) -> None:
        self.keys = keys
        self.then = then
        self.batches = batches
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Loader(Generic[V, K]):
    """Values by key; those requested in the same event loop step are loaded by one statement.

    Loaded values are cached, so each key is loaded once.
    """

    def __init__(self, load: Load[K, V], known: dict[K, V] | None = None) -> None:
        self._load = load
        self._values: dict[K, V] = known or {}
        self._pending: dict[K, _Batch[V, K]] = {}
        self._open: _Batch[V, K] | None = None

    def load(self, key: K) -> Awaitable[V]:
        """Return a future of one key's value; it is safe never to await it."""
        if key not in self._values:
            return self._wait([key], [key], _first)
        known = asyncio.get_running_loop().create_future()
        known.set_result(self._values[key])
        return known

    def load_many(self, keys: Sequence[K]) -> list[V] | Awaitable[list[V]]:
        """Return the values of keys in order, as a list if all are cached, else as a future."""
        return self.load_then(keys, _all)

    def load_then(self, keys: Sequence[K], then: Callable[[list[V]], W]) -> W | Awaitable[W]:
        """Return the result of ``then`` on the list of the keys' values, or a future of it."""
        values = self._values
        missing = [key for key in dict.fromkeys(keys) if key not in values]
        if missing:
            return self._wait(keys, missing, then)
        return then([values[key] for key in keys])

    def _wait(
        self, keys: Sequence[K], missing: list[K], then: Callable[[list[V]], W]
    ) -> Awaitable[W]:
        pending = self._pending
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

    def _begin(self) -> _Batch[V, K]:
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

    def _receive(
        self, batch: _Batch[V, K], found: Sequence[V] | None, error: Exception | None
    ) -> None:
        for key in batch.keys:
            del self._pending[key]
        if error is None:
            try:
                self._values.update(dict(zip(batch.keys, found or (), strict=True)))
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

    def _resolve(self, waiting: _Waiting[V, K]) -> None:
        try:
            waiting.result.set_result(waiting.then([self._values[key] for key in waiting.keys]))
        except Exception as error:
            waiting.result.set_exception(error)


def _hand_over(done: asyncio.Future[Sequence[V]], receive: Receive) -> None:
    error = asyncio.CancelledError() if done.cancelled() else done.exception()
    if error is None:
        receive(done.result(), None)
    else:
        receive(None, error if isinstance(error, Exception) else RuntimeError("loading ended"))


def _all(found: list[V]) -> list[V]:
    return found


def _first(found: list[V]) -> V:
    return found[0]


class Found(Generic[V]):
    """A declaration of what a loader finds. It is hashable; equal ones share their loader."""

    def loader(self, scope: LoaderScope) -> Loader[V]:
        """Create a loader for an operation."""
        raise NotImplementedError


def load_one(
    scope: LoaderScope, model: type[M], column: str, keys: Sequence[object], also: Condition = ANY
) -> Query[list[M | None]]:
    """Load the records whose unique column holds the keys, None for those not visible.

    ``also`` is a further condition on them. If the caller does not see all records, a missing
    key reads the record next to it, so that timing does not distinguish missing from hidden
    records.
    """
    selection = scope.of(model, column)
    found = by_key(keys, selection.columns.index(column))

    def known(records: list[M | None]) -> int:
        seen = scope.written.get((model, column), frozenset[str]())
        pairs = zip(keys, records, strict=True) if seen else ()
        return sum(record is not None and digits(key) in seen for key, record in pairs)

    def read(rows: Sequence[M]) -> list[M | None]:
        records = found(rows)
        if model is not Person:  # the personal ledger records people
            scope.count(model, len(records) - records.count(None) - known(records))
        return records

    condition = every(also, scope.policy.of(model))
    if condition == ANY:
        return _rows_query(scope, selection, column, keys, read)
    statement = Statement()
    name, active = selection.table.name, statement.dialect
    wanted = active.keys(statement.bind(active.array(keys)), key_type(model, column))
    near = f"SELECT {next_to(name, column, 'k.value')} FROM {wanted} k"
    visible = active.tested(holds(statement, model, condition))
    rows = f"SELECT {selection.select('t')} FROM {name} t"
    sql = f"{rows} WHERE t.{column} IN ({near}) AND {visible}"
    return Query(sql, statement.parameters, selection.row, read)


def next_to(name: str, column: str, key: str) -> str:
    """Return the SQL of a key of a table: the one that is given, or else one next to it."""
    at_least = f"SELECT n.{column} FROM {name} n WHERE n.{column} >= {key} ORDER BY 1 LIMIT 1"
    last = f"SELECT n.{column} FROM {name} n WHERE n.{column} IS NOT NULL ORDER BY 1 DESC LIMIT 1"
    return f"coalesce(({at_least}), ({last}))"


def by_key(keys: Sequence[object], position: int) -> Callable[[Sequence[M]], list[M | None]]:
    """Return a function that sorts rows by the order of the keys at a position of the row."""

    def read(rows: Sequence[Any]) -> list[M | None]:
        found: dict[object, M] = {row[position]: row for row in rows}
        return [found.get(key) for key in keys]

    return read


def load_rows(
    scope: LoaderScope, model: type[M], column: str, keys: Sequence[object]
) -> Query[list[list[M]]]:
    def read(rows: Sequence[M]) -> list[list[M]]:
        found: dict[object, list[M]] = {key: [] for key in keys}
        for row in rows:
            found[getattr(row, column)].append(row)
        return [found[key] for key in keys]

    return _rows_query(scope, scope.of(model, column), column, keys, read)


def _rows_query(
    scope: LoaderScope,
    selection: Selection,
    column: str,
    keys: Sequence[object],
    read: Callable[[Sequence[M]], V],
) -> Query[V]:
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
    among = dialect().among(f"t.{column}", 1, key_type(records.model, column))
    rows = f"SELECT {selection.select('t')} FROM {records.name} t"
    return f"{rows} WHERE {among} ORDER BY t.{records.key}"


def _among(
    scope: LoaderScope, model: type[Model], column: str, keys: Sequence[object]
) -> tuple[str, list[object]]:
    """Return SQL for whether a visible row has one of the keys, and its parameters."""
    statement = Statement()
    among = statement.among(model, column, keys)
    visible = statement.dialect.tested(holds(statement, model, scope.policy.of(model)))
    return f"{among} AND {visible}", statement.parameters


def load_all(
    scope: LoaderScope, model: type[M], order: str, more: tuple[str, ...], keys: Sequence[object]
) -> Query[list[list[M]]]:
    selection = scope.of(model, *more)
    statement = Statement()
    visible = holds(statement, model, scope.policy.of(model))
    rows = f"SELECT {selection.select('t')} FROM {selection.table.name} t WHERE {visible}"
    sql = f"{rows} ORDER BY t.{order}"

    def read(rows: Sequence[M]) -> list[list[M]]:
        return [list(rows) for _ in keys]

    return Query(sql, statement.parameters, selection.row, read)


def load_values(link: Link, keys: Sequence[object]) -> Query[list[list[object]]]:
    ties = table(link.model)
    owner = f"t.{link.owner}"
    among = dialect().among(owner, 1, key_type(link.model, link.owner))
    sql = f"SELECT {owner}, t.{link.value} FROM {ties.name} t WHERE {among} ORDER BY t.{link.value}"

    def read(rows: Sequence[tuple[object, object]]) -> list[list[object]]:
        found: dict[object, list[object]] = {key: [] for key in keys}
        for key, value in rows:
            found[key].append(value)
        return [found[key] for key in keys]

    return Query(sql, [dialect().array(keys)], None, read)


def load_sums(
    scope: LoaderScope, model: type[Model], column: str, measure: str, keys: Sequence[object]
) -> Query[list[object]]:
    records = table(model)
    field = records.field(measure)
    among, parameters = _among(scope, model, column, keys)
    total = f"CAST(sum(t.{measure}) AS bigint)"
    sql = f"SELECT t.{column}, {total} FROM {records.name} t WHERE {among} GROUP BY t.{column}"

    def read(rows: Sequence[tuple[object, int]]) -> list[object]:
        sums = dict(iter(rows))
        return [field.to_python_value(sums.get(key, 0)) for key in keys]

    return Query(sql, parameters, None, read)
