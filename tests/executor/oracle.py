"""What two executions must have in common: graphql-core is the oracle.

A synchronous execution of graphql-core is determined, and its answer compared as it is. Of an
asynchronous one the data are determined, but not every error. Say that an error *lands* at the
next position outside of it that may be null, its own included. Then

- the data are those of an execution that never gives up, with null at every position at which
  an error lands;
- every position that such a null can be seen at has exactly one error landing there, though
  which one, of several, depends on timing;
- errors that land below such a null may be reported or not, at most one for each position,
  according to whether they came before.

``Exhaustive`` is the execution that never gives up.
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
    """An error as it is compared."""

    message: str
    path: Position | None
    locations: tuple[tuple[int, int], ...]
    cause: str
    extensions: str


@dataclass(frozen=True)
class Answer:
    """An outcome as it is compared: the order of keys and the types of values count."""

    data: str
    failures: Counter[Failure]
    awaited: bool
    calls: list[list[str | int]] = field(compare=False)

    def begun(self) -> list[str | int]:
        """The root fields in the order in which they were resolved."""
        return [path[0] for path in self.calls if len(path) == 1]

    def interleaved(self) -> bool:
        """Whether a root field was begun before the last had ended."""
        keys = [key for key, _ in groupby(path[0] for path in self.calls)]
        return len(set(keys)) < len(keys)


def failure_of(error: GraphQLError) -> Failure:
    """What counts of an error."""
    locations = tuple((place.line, place.column) for place in error.locations or ())
    path = None if error.path is None else tuple(error.path)
    cause = type(error.original_error).__name__
    return Failure(error.message, path, locations, cause, repr(error.extensions))


def answer_of(result: ExecutionResult, awaited: bool, calls: list[list[str | int]]) -> Answer:
    """What counts of a result."""
    failures = Counter(failure_of(error) for error in result.errors or ())
    return Answer(repr(result.data), failures, awaited, calls)


def execution(
    world: World,
    schema: GraphQLSchema,
    operation: Operation,
    executor: type[Executor[Any]] | None,
    schedule: Callable[[int], int] = int,
) -> Any:
    """An answer, or something awaitable for one."""
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
    """Executes everything whatever has failed, and notes where errors would land."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_propagation = False
        self.nullable: dict[Position, bool] = {}
        self.found: list[tuple[Position, Failure]] = []

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, *rest: Any
    ) -> Any:
        """Note whether null is allowed at the position: the outermost type is seen first."""
        self.nullable.setdefault(tuple(path.as_list()), not is_non_null_type(return_type))
        return super().complete_value(return_type, field_details_list, info, path, *rest)

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        """Note the error and go on."""
        position = tuple(path.as_list())
        self.nullable.setdefault(position, not is_non_null_type(return_type))
        error = located_error(raw_error, to_nodes(field_details_list), path.as_list())
        self.found.append((position, failure_of(error)))

    def landing(self, position: Position) -> Position:
        """Where an error at a position lands; the operation itself is the last resort."""
        while position and not self.nullable[position]:
            position = position[:-1]
        return position

    def landed(self) -> Iterator[tuple[Position, Failure]]:
        """All errors that there can be, each with where it lands."""
        return ((self.landing(position), failure) for position, failure in self.found)


@dataclass(frozen=True)
class Determined:
    """What of an execution does not depend on timing."""

    data: str
    landings: list[tuple[Position, Failure]]

    def complaint(self, answer: Answer) -> str | None:
        """What is wrong with an answer, None where nothing is."""
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
        """Whether errors that look the same land elsewhere too: a located error does."""
        return any(failure in candidates for at, failure in self.landings if at != place)


def determined(data: Any, executor: Exhaustive) -> Determined:
    """What is determined, from the data and the notes of an exhaustive execution."""
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
    """What is determined, found by executing everything there is to execute.

    ``executor`` is what ``Exhaustive.build`` gave, which may be errors of the request itself.
    """
    if isinstance(executor, list):
        # The request is refused; every error is reported, as if each had a place of its own.
        return Determined("None", [((n,), failure_of(error)) for n, error in enumerate(executor)])
    result: Any = executor.execute_operation()
    result = await result if isawaitable(result) else result
    return determined(result.data, executor)


async def rule_of(world: World, schema: GraphQLSchema, operation: Operation) -> Determined:
    """What is determined of an operation on a world."""
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
    """The answer, awaited where it has to be."""
    found: Answer = await answer if isawaitable(answer) else answer
    await rest()
    return found


async def rest() -> None:
    """Let everything end that an execution has left running."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
