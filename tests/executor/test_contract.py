"""The contract of batch resolvers: return values and their results on both executors."""
# ruff: noqa: ARG005 - resolvers take what they are given.

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from inspect import isawaitable
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    build_schema,
    execute,
    parse,
)
from graphql.execution import Executor

from erikti.executor import BreadthFirstExecutor, batch

SDL = """
type Query { things(count: Int = 2): [Thing] strict: [Thing!] }
type Thing {
  value: Int
  sure: Int!
  other: Thing
  number: Int
  scaled(factor: Int = 1, camelCase: Int! = 0): Int
}
"""
VALUES = "{ things { value } }"
NULL_VARIABLE = "Expected variable '$c' provided to non-null type 'Int!' not to be None."
EXECUTORS = (BreadthFirstExecutor, None)

Case = tuple[Callable[..., Any], list[Any]]


@pytest.fixture(params=EXECUTORS, ids=["ours", "graphql-core"])
def executor(request: pytest.FixtureRequest) -> type[Executor[Any]] | None:
    """Return each of the executors, which must agree."""
    chosen: type[Executor[Any]] | None = request.param
    return chosen


def schema_with(**resolvers: Callable[..., Any]) -> GraphQLSchema:
    """Return the schema with batch resolvers for ``Thing``; things are numbered from 1."""
    schema = build_schema(SDL)
    query, thing = (schema.type_map[name].fields for name in ("Query", "Thing"))  # type: ignore[attr-defined]
    query["things"].resolve = lambda _, info, count: [{"number": n + 1} for n in range(count)]
    query["strict"].resolve = lambda _, info: [{"number": 1}, {"number": 2}]
    for name, function in resolvers.items():
        thing[name].resolve = batch(function)
    return schema


async def ask(
    executor: type[Executor[Any]] | None, schema: GraphQLSchema, text: str, **variables: Any
) -> ExecutionResult:
    """Return the result of an operation, within an event loop."""
    result = execute(schema, parse(text), variable_values=variables, executor_class=executor)
    found: ExecutionResult = await result if isawaitable(result) else result
    return found


def outcomes(result: ExecutionResult, field: str = "value") -> list[Any]:
    """Return for each thing its value, or the message of its error."""
    assert result.data is not None
    found = [thing[field] for thing in result.data["things"]]
    for error in result.errors or ():
        assert error.path is not None
        things, number, name = error.path
        assert (things, name) == ("things", field)
        assert error.locations
        assert found[int(number)] is None
        found[int(number)] = error.message
    return found


def tens(parents: Sequence[dict[str, int]], info: Any) -> list[int]:
    """Return ten times each number."""
    return [10 * parent["number"] for parent in parents]


async def tens_later(parents: Sequence[Any], info: Any) -> list[int]:
    await asyncio.sleep(0)
    return tens(parents, info)


def ten_later_each(parents: Sequence[Any], info: Any) -> list[Any]:
    async def later(number: int) -> int:
        await asyncio.sleep(0)
        if number == 2:
            raise ValueError("no two")
        return 10 * number

    return [later(parent["number"]) for parent in parents]


async def ten_later_each_later(parents: Sequence[Any], info: Any) -> list[Any]:
    return ten_later_each(parents, info)


def raising(parents: Sequence[Any], info: Any) -> list[int]:
    raise ValueError("boom")


async def raising_later(parents: Sequence[Any], info: Any) -> list[int]:
    await asyncio.sleep(0)
    raise ValueError("boom")


def generating(parents: Sequence[Any], info: Any) -> Iterator[int]:
    yield from tens(parents, info)


async def generating_later(parents: Sequence[Any], info: Any) -> AsyncIterator[int]:
    for value in tens(parents, info):
        yield value


def no_list(kind: str) -> list[Any]:
    """Return each thing's result if the resolver returns no list."""
    return [f"batch resolver of Thing.value returned a {kind}, not a list"] * 2


def wrong_length(count: int) -> list[Any]:
    """Return the results of two things if the list has another length."""
    return [f"batch resolver of Thing.value returned {count} values for 2 objects"] * 2


CASES: dict[str, Case] = {
    "a list": (tens, [10, 20]),
    "a tuple": (lambda parents, info: tuple(tens(parents, info)), [10, 20]),
    "an awaitable of a list": (tens_later, [10, 20]),
    "a list of awaitables": (ten_later_each, [10, "no two"]),
    "an awaitable of a list of awaitables": (ten_later_each_later, [10, "no two"]),
    "nulls": (lambda parents, info: [None, 20], [None, 20]),
    "an error of one": (lambda parents, info: [10, ValueError("no two")], [10, "no two"]),
    "one error for all": (lambda parents, info: [ValueError("no")] * 2, ["no", "no"]),
    "values of a wrong type": (
        lambda parents, info: ["x", 20],
        ["Int cannot represent non-integer value: 'x'", 20],
    ),
    "raising": (raising, ["boom", "boom"]),
    "raising later": (raising_later, ["boom", "boom"]),
    "an error instead of a list": (lambda parents, info: ValueError("no"), ["no", "no"]),
    "too few": (lambda parents, info: [10], wrong_length(1)),
    "none at all": (lambda parents, info: [], wrong_length(0)),
    "too many": (lambda parents, info: (10, 20, 30), wrong_length(3)),
    "null": (lambda parents, info: None, no_list("NoneType")),
    "a generator": (generating, no_list("generator")),
    "another iterable": (lambda parents, info: map(int, "12"), no_list("map")),
    "a set": (lambda parents, info: {10, 20}, no_list("set")),
    "a dictionary": (lambda parents, info: {1: 10, 2: 20}, no_list("dict")),
    "a text": (lambda parents, info: "12", no_list("str")),
    "an asynchronous generator": (generating_later, no_list("async_generator")),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_returned_values_decide_for_each_parent(
    executor: type[Executor[Any]] | None, case: str
) -> None:
    function, expected = CASES[case]
    result = await ask(executor, schema_with(value=function), VALUES)
    assert outcomes(result) == expected


@pytest.mark.parametrize("case", ["a list", "a tuple", "an error of one", "raising"])
def test_no_loop_is_needed_where_nothing_waits(case: str) -> None:
    function, _ = CASES[case]
    document = parse("{ things(count: 1) { value } }")
    results = [
        execute(schema_with(value=function), document, executor_class=executor)
        for executor in EXECUTORS
    ]
    ours, theirs = (outcomes(result) for result in results if isinstance(result, ExecutionResult))
    assert ours == theirs


@pytest.mark.parametrize("case", CASES)
def test_an_event_loop_may_start_after_an_awaitable_is_created(case: str) -> None:
    function, _ = CASES[case]
    document = parse("{ things(count: 1) { value } }")
    found = []
    for executor in EXECUTORS:
        result = execute(schema_with(value=function), document, executor_class=executor)
        found.append(outcomes(asyncio.run(awaited(result))))
    ours, theirs = found
    assert ours == theirs


async def awaited(result: Any) -> ExecutionResult:
    """Return a result, awaiting it if necessary."""
    found: ExecutionResult = await result if isawaitable(result) else result
    return found


async def test_errors_keep_their_extensions_and_causes(
    executor: type[Executor[Any]] | None,
) -> None:
    cause = ValueError("no two")

    def function(parents: Sequence[Any], info: Any) -> list[Any]:
        return [GraphQLError("no one", extensions={"code": "NONE"}), cause]

    result = await ask(executor, schema_with(value=function), VALUES)
    assert result.errors is not None
    first, second = sorted(result.errors, key=lambda error: str(error.path))
    assert first.extensions == {"code": "NONE"}
    assert first.path == ["things", 0, "value"]
    assert second.original_error is cause


async def test_an_error_of_a_non_null_value_nulls_only_its_thing(
    executor: type[Executor[Any]] | None,
) -> None:
    schema = schema_with(sure=lambda parents, info: [None, 20])
    result = await ask(executor, schema, "{ things { sure } }")
    assert result.data == {"things": [None, {"sure": 20}]}
    assert [error.path for error in result.errors or ()] == [["things", 0, "sure"]]
    result = await ask(executor, schema, "{ strict { sure } }")
    assert result.data == {"strict": None}
    assert [error.path for error in result.errors or ()] == [["strict", 0, "sure"]]


async def test_parents_come_in_order_and_all_at_once(
    executor: type[Executor[Any]] | None,
) -> None:
    calls: list[list[int]] = []

    def function(parents: Sequence[Any], info: Any) -> list[int]:
        calls.append([parent["number"] for parent in parents])
        return tens(parents, info)

    result = await ask(executor, schema_with(value=function), "{ things(count: 5) { value } }")
    assert outcomes(result) == [10, 20, 30, 40, 50]
    assert calls == [[1, 2, 3, 4, 5]]


async def test_a_batch_resolver_is_not_called_without_parents(
    executor: type[Executor[Any]] | None,
) -> None:
    result = await ask(executor, schema_with(value=raising), "{ things(count: 0) { value } }")
    assert result == ExecutionResult({"things": []}, None)


async def test_returned_lists_are_not_modified(executor: type[Executor[Any]] | None) -> None:
    kept: list[Any] = [None, ValueError("no two")]
    before = list(kept)
    schema = schema_with(value=lambda parents, info: kept)
    for _ in range(2):
        assert outcomes(await ask(executor, schema, VALUES)) == [None, "no two"]
    assert kept == before


async def test_parents_may_be_returned(executor: type[Executor[Any]] | None) -> None:
    schema = schema_with(other=lambda parents, info: parents)
    result = await ask(executor, schema, "{ things { other { number } number } }")
    assert result.errors is None
    assert result.data == {
        "things": [{"other": {"number": n}, "number": n} for n in (1, 2)],
    }


async def test_arguments_are_given_by_name_with_their_defaults(
    executor: type[Executor[Any]] | None,
) -> None:
    def function(parents: Sequence[Any], info: Any, factor: int, camel_case: int) -> list[int]:
        assert (info.field_name, str(info.parent_type)) == ("scaled", "Thing")
        return [factor * parent["number"] + camel_case for parent in parents]

    schema = schema_with(scaled=function)
    field = schema.type_map["Thing"].fields["scaled"]  # type: ignore[attr-defined]
    field.args["camelCase"].out_name = "camel_case"
    text = "query ($f: Int, $c: Int) { things { scaled(factor: $f, camelCase: $c) } }"
    assert outcomes(await ask(executor, schema, "{ things { scaled } }"), "scaled") == [1, 2]
    assert outcomes(await ask(executor, schema, text, f=3, c=1), "scaled") == [4, 7]
    text = "query ($c: Int) { things { scaled(camelCase: $c) } }"
    refused = outcomes(await ask(executor, schema, text, c=None), "scaled")
    assert refused == [f"Argument 'camelCase' has invalid value: {NULL_VARIABLE}"] * 2


async def test_aliases_with_other_arguments_are_resolved_separately(
    executor: type[Executor[Any]] | None,
) -> None:
    def function(parents: Sequence[Any], info: Any, factor: int, **_: int) -> list[int]:
        return [factor * parent["number"] for parent in parents]

    text = "{ things { a: scaled(factor: 2) b: scaled(factor: 3) } }"
    result = await ask(executor, schema_with(scaled=function), text)
    assert result == ExecutionResult({"things": [{"a": 2, "b": 3}, {"a": 4, "b": 6}]}, None)


async def test_a_cancelled_operation_raises_cancelled_error(
    executor: type[Executor[Any]] | None,
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def function(parents: Sequence[Any], info: Any) -> list[int]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    task = asyncio.ensure_future(ask(executor, schema_with(value=function), VALUES))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    if executor is BreadthFirstExecutor:
        # Other executors may share the call with operations that were not cancelled.
        assert ended.is_set()
    await end_others()


async def test_a_batch_that_cancels_itself_cancels_the_operation(
    executor: type[Executor[Any]] | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def function(parents: Sequence[Any], info: Any) -> list[int]:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(ask(executor, schema_with(value=function), VALUES), 5)
    await end_others()
    gc.collect()
    # Instead, asyncio logs a failed task when it is garbage-collected.
    assert not caplog.records


async def end_others() -> None:
    """Cancel tasks that an operation may have left running."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
