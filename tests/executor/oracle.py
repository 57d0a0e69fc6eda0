"""The oracle: the properties that two executions must share, determined by graphql-core.

The result of a synchronous execution of graphql-core is deterministic and compared as a whole.
In an asynchronous one the data is deterministic, but not every error. An error *lands* at the
nearest nullable position, starting with its own. Then

- the data is that of an execution that never stops early, with null at every position at which
  an error lands;
- every visible null of this kind has exactly one error that lands there, although which one, of
  several, depends on timing;
- errors that land below such a null may be reported or not, at most one for each position,
  depending on whether they occurred earlier.

``Exhaustive`` is the execution that never stops early.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from inspect import isawaitable
from itertools import groupby
from typing import Any, NamedTuple

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,
    is_non_null_type,
)
from graphql.error import located_error
from graphql.execution import Executor
from graphql.execution.executor import to_nodes
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

from tests.executor.operations import Operation
from tests.executor.worlds import Theatre, World, parsed, resolve_custom

Position = tuple[str | int, ...]


class Failure(NamedTuple):
    """The compared properties of an error."""

    message: str
    path: Position | None
    locations: tuple[tuple[int, int], ...]
    cause: str
    extensions: str


@dataclass(frozen=True)
class Answer:
    """The compared properties of a result, including the order of keys and types of values."""

    data: str
    failures: Counter[Failure]
    awaited: bool
    calls: list[list[str | int]] = field(compare=False)

    def begun(self) -> list[str | int]:
        """Return the root fields in the order in which they were resolved."""
        return [path[0] for path in self.calls if len(path) == 1]

    def interleaved(self) -> bool:
        """Return whether a root field was started before the previous one ended."""
        keys = [key for key, _ in groupby(path[0] for path in self.calls)]
        return len(set(keys)) < len(keys)


def failure_of(error: GraphQLError) -> Failure:
    """Return the compared properties of an error."""
    locations = tuple((place.line, place.column) for place in error.locations or ())
    path = None if error.path is None else tuple(error.path)
    cause = type(error.original_error).__name__
    return Failure(error.message, path, locations, cause, repr(error.extensions))


def answer_of(result: ExecutionResult, awaited: bool, calls: list[list[str | int]]) -> Answer:
    """Return the compared properties of a result."""
    failures = Counter(failure_of(error) for error in result.errors or ())
    return Answer(repr(result.data), failures, awaited, calls)


def execution(
    world: World,
    schema: GraphQLSchema,
    operation: Operation,
    executor: type[Executor[Any]] | None,
    schedule: Callable[[int], int] = int,
) -> Any:
    """Return an answer, or an awaitable of it."""
    theatre = Theatre(world, schedule)
    result = execute(
        schema,
        parsed(operation.text),
        theatre.object(operation.root, 0),
        theatre,
        operation.variables,
        field_resolver=resolve_custom if world.custom_resolver else None,
        executor_class=executor,
    )
    if not isawaitable(result):
        return answer_of(result, False, theatre.calls)

    async def later(waiting: Awaitable[ExecutionResult]) -> Answer:
        answer = answer_of(await waiting, True, theatre.calls)
        await rest()
        theatre.close()
        return answer

    return later(result)


class Exhaustive(ExecutorThrowingOnIncremental):
    """Executes everything despite failures, and records where errors land."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_propagation = False
        self.nullable: dict[Position, bool] = {}
        self.found: list[tuple[Position, Failure]] = []

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, *rest: Any
    ) -> Any:
        """Record whether the position is nullable; the outermost type comes first."""
        self.nullable.setdefault(tuple(path.as_list()), not is_non_null_type(return_type))
        return super().complete_value(return_type, field_details_list, info, path, *rest)

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        """Record the error and continue."""
        position = tuple(path.as_list())
        self.nullable.setdefault(position, not is_non_null_type(return_type))
        error = located_error(raw_error, to_nodes(field_details_list), path.as_list())
        self.found.append((position, failure_of(error)))

    def landing(self, position: Position) -> Position:
        """Return where an error at a position lands, at last at the root."""
        while position and not self.nullable[position]:
            position = position[:-1]
        return position

    def landed(self) -> Iterator[tuple[Position, Failure]]:
        """Return all possible errors by the position at which they land."""
        return ((self.landing(position), failure) for position, failure in self.found)


@dataclass(frozen=True)
class Determined:
    """The properties of an execution that do not depend on timing."""

    data: str
    landings: list[tuple[Position, Failure]]

    def complaint(self, answer: Answer) -> str | None:
        """Return what is wrong with an answer, or None."""
        if answer.data != self.data:
            return f"data {answer.data} instead of {self.data}, with {answer.failures}"
        if extra := answer.failures - Counter(failure for _, failure in self.landings):
            return f"errors that cannot be: {extra}"
        return self._misplaced(answer.failures)

    def _misplaced(self, failures: Counter[Failure]) -> str | None:
        places = {place for place, _ in self.landings}
        hidden = {p for p in places if any(p[:n] in places for n in range(len(p)))}
        for place in places:
            candidates = Counter(failure for at, failure in self.landings if at == place)
            reported = (failures & candidates).total()
            if reported > 1 and not self._ambiguous(place, candidates):
                return f"{reported} errors land at {place}: {failures & candidates}"
            if reported == 0 and place not in hidden:
                return f"no error for the null at {place}, one of {candidates}"
        return None

    def _ambiguous(self, place: Position, candidates: Counter[Failure]) -> bool:
        """Return whether equal errors land elsewhere too, as a located error does."""
        return any(failure in candidates for at, failure in self.landings if at != place)


def determined(data: Any, executor: Exhaustive) -> Determined:
    """Return the deterministic properties from the records of an exhaustive execution."""
    landings = list(executor.landed())
    places = {place for place, _ in landings}
    return Determined(repr(_with_nulls(data, (), places)), landings)


def _with_nulls(value: Any, position: Position, places: set[Position]) -> Any:
    if position in places:
        return None
    if isinstance(value, dict):
        return {k: _with_nulls(v, (*position, k), places) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_nulls(v, (*position, n), places) for n, v in enumerate(value)]
    return value


async def exhaustive(executor: Any) -> Determined:
    """Return the deterministic properties, found by an exhaustive execution.

    ``executor`` is the result of ``Exhaustive.build``, which may be request errors.
    """
    if isinstance(executor, list):
        # The request is rejected; every error is reported, as if at separate positions.
        return Determined("None", [((n,), failure_of(error)) for n, error in enumerate(executor)])
    result: Any = executor.execute_operation()
    result = await result if isawaitable(result) else result
    return determined(result.data, executor)


async def rule_of(world: World, schema: GraphQLSchema, operation: Operation) -> Determined:
    """Return the deterministic properties of an operation on a world."""
    theatre = Theatre(world)
    executor = Exhaustive.build(
        schema,
        parsed(operation.text),
        theatre.object(operation.root, 0),
        theatre,
        operation.variables,
        field_resolver=resolve_custom if world.custom_resolver else None,
    )
    rule = await exhaustive(executor)
    await rest()
    theatre.close()
    return rule


async def settled(answer: Any) -> Answer:
    """Return the answer, awaiting it if necessary."""
    found: Answer = await answer if isawaitable(answer) else answer
    await rest()
    return found


async def rest() -> None:
    """Wait for tasks that an execution has left running."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
