"""Completion: the values of a field become outputs, and the runs of the next level."""

from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Iterable, Sequence
from types import NoneType
from typing import TypeVar, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    UndefinedType,
)
from graphql.execution.executor import collect_iterator_awaitables, invalid_return_type_error
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import is_iterable

from erikti.executor.fast_path import UNCHANGED, FastPath
from erikti.executor.leaves import PLAIN
from erikti.executor.plans import FieldPlan
from erikti.executor.runs import Column, Failure, Place, Run

# Yields awaitables and is sent their results (a value or an exception each).
Result = TypeVar("Result")
Waiting = Generator[Sequence[Awaitable[object]], list[object], Result]
# Stands for a value that is null or failed and needs no further completion.
HOLE: object = object()
EMPTY = frozenset({NoneType, UndefinedType})


class Completion(FastPath):
    """Completes columns of values as graphql-core completes each value."""

    def __init__(self, executor: IncrementalExecutor) -> None:
        super().__init__(executor)
        self.failures: list[Failure] = []

    def field(self, run: Run, field: FieldPlan, values: list[object]) -> Waiting[None]:
        """Complete the resolved values of a field and store them in the outputs."""
        results = yield from self._column(Column(run, field, values))
        key = field.key
        for output, result in zip(run.outputs, results, strict=True):
            output[key] = result

    def _column(self, column: Column) -> Waiting[Sequence[object]]:
        """Return the completed values, with None for those that are null or failed."""
        kinds = {type(value): value for value in column.values}
        if not kinds.keys() <= PLAIN:
            kinds = yield from self._settled(column, kinds)
        if column.depth < len(column.field.required) - 1:
            return (yield from self._lists(column))
        if column.field.leaf_type is not None:
            return self._leaves(column, column.field.leaf_type, kinds)
        return (yield from self._objects(column, kinds))

    def _settled(self, column: Column, kinds: dict[type, object]) -> Waiting[dict[type, object]]:
        """Await awaitables, replace nulls and errors by HOLE, and return the other types.

        One value of each type decides whether values of the type are awaitable.
        """
        is_awaitable = self.executor.is_awaitable
        waiting = {kind for kind, value in kinds.items() if is_awaitable(value)}
        if waiting:
            values = list(column.values)
            places = [n for n, value in enumerate(values) if type(value) in waiting]
            found = yield cast("list[Awaitable[object]]", [values[n] for n in places])
            for n, value in zip(places, found, strict=True):
                values[n] = value
            column.values = values
            kinds = {type(value): value for value in values}
        empty = {k for k in kinds if k in EMPTY or issubclass(k, Exception)}
        if empty:
            column.values = [
                self._hole(column, n, value) if type(value) in empty else value
                for n, value in enumerate(column.values)
            ]
            kinds = {type(v): v for v in column.values if v is not HOLE}
            column.holes = True
        return kinds

    def _hole(self, column: Column, n: int, value: object) -> object:
        field = column.field
        if isinstance(value, Exception):
            self._fail(column, n, value)
        elif field.required[column.depth]:
            text = f"Cannot return null for non-nullable field {field.name}."
            self._fail(column, n, TypeError(text))
        return HOLE

    def _fail(self, column: Column, n: int, error: Exception) -> None:
        place: Place = column.place(n)
        self.failures.append(Failure(column.run, column.field, place, error))

    def _lists(self, column: Column) -> Waiting[list[object]]:
        yield from self._drained(column)
        items: list[object] = []
        starts: list[int] = []
        for n, value in enumerate(column.values):
            starts.append(len(items))
            if type(value) is list or type(value) is tuple:
                items += value
            elif value is not HOLE:
                try:
                    items += self._items(column.field, value)
                except Exception as error:
                    self._fail(column, n, error)  # sets the list to null
        results = yield from self._column(
            Column(column.run, column.field, items, outer=column, starts=starts)
        )
        ends = [*starts[1:], len(items)][: len(starts)]
        return [
            None if value is HOLE else results[start:end]
            for value, start, end in zip(column.values, starts, ends, strict=True)
        ]

    def _items(self, field: FieldPlan, value: object) -> Iterable[object]:
        if not is_iterable(value):
            text = f"Expected Iterable, but did not find one for field '{field.name}'."
            raise GraphQLError(text)
        items: list[object] = []
        rest = iter(value)
        try:
            items.extend(rest)
        except Exception:
            waiting = [item for item in items if self.executor.is_awaitable(item)]
            waiting += collect_iterator_awaitables(rest, self.executor.is_awaitable)
            if waiting:
                self.executor.settle_in_background(waiting)
            raise
        return items

    def _drained(self, column: Column) -> Waiting[None]:
        """Turn asynchronous iterables into lists."""
        asynchronous = self.executor.is_async_iterable
        waiting = [
            (n, value)
            for n, value in enumerate(column.values)
            if type(value) not in PLAIN and value is not HOLE and asynchronous(value)
        ]
        if waiting:
            values = column.values = list(column.values)
            found = yield [_drain(value) for _, value in waiting]
            for (n, _), value in zip(waiting, found, strict=True):
                values[n] = value
                if isinstance(value, Exception):
                    values[n] = HOLE
                    self._fail(column, n, value)

    def _leaves(
        self, column: Column, type_: GraphQLLeafType, kinds: dict[type, object]
    ) -> Sequence[object]:
        if not column.holes and kinds.keys() <= {UNCHANGED.get(type_)}:
            return column.values
        complete = self.executor.complete_leaf_value
        results: list[object] = []
        for n, value in enumerate(column.values):
            result = None
            if value is not HOLE:
                try:
                    result = complete(type_, value)
                except Exception as error:
                    self._fail(column, n, error)
            results.append(result)
        return results

    def _objects(self, column: Column, kinds: dict[type, object]) -> Waiting[Sequence[object]]:
        field = column.field
        if field.abstract_type is not None:
            types = yield from self._runtime_types(column, field.abstract_type, kinds)
            found = list(dict.fromkeys(t for t in types if t is not None))
            if len(found) != 1 or None in types:
                return (yield from self._of_each_type(column, types, found))
            return (yield from self._of_type(column, found[0], None, kinds))
        positions = None
        if column.holes:
            positions = [n for n, value in enumerate(column.values) if value is not HOLE]
        assert field.object_type is not None
        return (yield from self._of_type(column, field.object_type, positions, kinds))

    def _of_each_type(
        self,
        column: Column,
        types: list[GraphQLObjectType | None],
        found: list[GraphQLObjectType],
    ) -> Waiting[Sequence[object]]:
        results: list[object] = [None] * len(types)
        for type_ in found:
            positions = [n for n, runtime_type in enumerate(types) if runtime_type is type_]
            kinds = {type(column.values[n]): column.values[n] for n in positions}
            some = yield from self._of_type(column, type_, positions, kinds)
            for n in positions:
                results[n] = some[n]
        return results

    def _of_type(
        self,
        column: Column,
        type_: GraphQLObjectType,
        positions: list[int] | None,
        kinds: dict[type, object],
    ) -> Waiting[Sequence[object]]:
        """Return the outputs of the objects of one type, aligned with the column."""
        if check := type_.is_type_of:
            verdicts = yield from self._each(column, check, positions, kinds)
            positions = self._accepted(column, type_, positions, verdicts)
        values = column.values
        objects = list(values) if positions is None else [values[n] for n in positions]
        if not objects:
            return [None] * len(values)
        try:
            run = Run(column.field.below(type_), objects, column, positions)
        except Exception as error:
            for n in range(len(values)) if positions is None else positions:
                self._fail(column, n, error)
            return [None] * len(values)
        self.begin(run)
        if positions is None:
            return run.outputs
        results: list[object] = [None] * len(values)
        for n, output in zip(positions, run.outputs, strict=True):
            results[n] = output
        return results

    def _accepted(
        self,
        column: Column,
        type_: GraphQLObjectType,
        positions: list[int] | None,
        verdicts: list[object],
    ) -> list[int] | None:
        """Return the positions of the values that ``is_type_of`` accepts."""
        if all(verdict is True for verdict in verdicts):
            return positions
        numbers = range(len(column.values)) if positions is None else positions
        good = []
        for n, verdict in zip(numbers, verdicts, strict=True):
            if isinstance(verdict, Exception):
                self._fail(column, n, verdict)
            elif verdict:
                good.append(n)
            else:
                value = column.values[n]
                error = invalid_return_type_error(type_, value, column.field.details)
                self._fail(column, n, error)
        return good

    def _runtime_types(
        self, column: Column, type_: GraphQLAbstractType, kinds: dict[type, object]
    ) -> Waiting[list[GraphQLObjectType | None]]:
        """Return the object type of each value, or None for holes and failures."""
        resolve = type_.resolve_type or self.executor.type_resolver
        positions = None
        if column.holes:
            positions = [n for n, value in enumerate(column.values) if value is not HOLE]
        names = yield from self._each(column, resolve, positions, kinds, type_)
        numbers = range(len(column.values)) if positions is None else positions
        types: list[GraphQLObjectType | None] = [None] * len(column.values)
        known: dict[object, GraphQLObjectType] = {}
        for n, name in zip(numbers, names, strict=True):
            types[n] = known.get(name) if type(name) is str else None
            if types[n] is None:
                try:
                    known[name] = self._runtime_type(column, type_, name, column.values[n])
                    types[n] = known[name]
                except Exception as error:
                    self._fail(column, n, error)
        return types

    def _runtime_type(
        self, column: Column, type_: GraphQLAbstractType, name: object, value: object
    ) -> GraphQLObjectType:
        if isinstance(name, Exception):
            raise name
        field = column.field
        return self.executor.ensure_valid_runtime_type(
            name, type_, field.details, self._info(column), value
        )

    def _each(
        self,
        column: Column,
        function: Callable[..., object],
        positions: list[int] | None,
        kinds: dict[type, object],
        *more: object,
    ) -> Waiting[list[object]]:
        """Return the result of a function of (value, info) for each value, or its exception.

        A function marked ``by_class`` is called once for each class of values.
        """
        info = self._info(column)
        values = column.values if positions is None else [column.values[n] for n in positions]
        if getattr(function, "by_class", False):
            said = {kind: _attempt(function, value, info, *more) for kind, value in kinds.items()}
            return [said[type(value)] for value in values]
        results = [_attempt(function, value, info, *more) for value in values]
        is_awaitable = self.executor.is_awaitable
        waiting = [(n, result) for n, result in enumerate(results) if is_awaitable(result)]
        if waiting:
            found = yield [result for _, result in waiting]
            for (n, _), result in zip(waiting, found, strict=True):
                results[n] = result
        return results

    def _info(self, column: Column) -> GraphQLResolveInfo[object]:
        run, field = column.run, column.field
        return self.executor.build_resolve_info(
            field.definition, field.nodes, run.plan.type, run.field_path(0, field)
        )


def _attempt(function: Callable[..., object], *arguments: object) -> object:
    try:
        return function(*arguments)
    except Exception as error:
        return error


async def _drain(iterable: AsyncIterable[object]) -> list[object]:
    return [item async for item in iterable]
