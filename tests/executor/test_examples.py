"""Minimal examples found by generation, on which both executors must agree."""

from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isawaitable
from typing import Any

import pytest
from graphql import build_schema, execute, parse

from erikti.executor import BreadthFirstExecutor
from tests.executor.oracle import answer_of

SDL = """
type Query { things: [Thing] sure: [Thing!] lists: [[Thing]] numbers: [[Int]] two: [Thing] }
type Thing { name: String flags: [Boolean!]! number: Int! thing: Thing }
"""
Make = Callable[[], dict[str, Any]]


async def flags(error: Exception | None = None) -> AsyncIterator[bool]:
    """Yield asynchronously; may fail at once."""
    if error:
        raise error
    yield True


def broken(values: list[Any]) -> Iterator[Any]:
    """Yield some values, then fail."""
    yield from values
    raise ValueError("broken off")


EXAMPLES: dict[str, tuple[str, Make]] = {
    "no list in a list": ("{ lists { name } numbers }", lambda: {"lists": [], "numbers": []}),
    "empty lists in a list": (
        "{ lists { name } numbers }",
        lambda: {"lists": [[], []], "numbers": [[], [1], []]},
    ),
    "nothing but nulls in a list": (
        "{ things { name thing { name } } sure { name } lists { name } }",
        lambda: {"things": [None, None], "sure": [None], "lists": [[None], None]},
    ),
    "errors at several places of lists in a list": (
        "{ numbers lists { number name } }",
        lambda: {
            "numbers": [[], [1, "x", 2], [], [ValueError("no")], None, [3]],
            "lists": [[], [{"number": 1}, {"name": "b"}], [], [None, {"number": "x"}]],
        },
    ),
    "a list that is none": (
        "{ numbers lists { name } two { flags } }",
        lambda: {"numbers": [[1], 2, {3}], "lists": [5, []], "two": [{"flags": 6}]},
    ),
    "errors in objects in objects": (
        "{ things { thing { number thing { number } } } sure { thing { number name } } }",
        lambda: {
            "things": [
                {"thing": {"number": 1, "thing": {"number": None}}},
                {"thing": {"number": ValueError("no"), "thing": {"number": 2}}},
                None,
                {"thing": None},
            ],
            "sure": [{"thing": None}, {"thing": {"name": "a"}}],
        },
    ),
    "an error that makes a list null": (
        "{ sure { number } things { flags } }",
        lambda: {"sure": [{"number": 1}, {}], "things": [{"flags": [True]}, {"flags": [None]}]},
    ),
    "an error within what another has made null": (
        "{ sure { number flags } two { flags number } }",
        lambda: {"sure": [{"flags": [None]}], "two": [{"flags": [1, "x"], "number": 1}]},
    ),
    "fields that there are not": (
        "{ absent things { absent name } also: absent { name } }",
        lambda: {"things": [{"name": "a", "absent": 1}], "absent": 1},
    ),
    "an iterable of values that breaks off": (
        "{ two { number } numbers things { name } }",
        lambda: {
            "two": broken([{"number": 1}, None]),
            "numbers": [broken([1]), broken([]), [2]],
            "things": [{"name": "a"}],
        },
    ),
    "an iterable after one that breaks off": (
        "{ two { flags } }",
        lambda: {"two": [{"flags": flags(ValueError("no flags"))}, {"flags": flags()}]},
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
async def test_both_executors_give_the_same_answer(name: str) -> None:
    operation, make = EXAMPLES[name]
    answers = []
    for executor in (None, BreadthFirstExecutor):
        result = execute(build_schema(SDL), parse(operation), make(), executor_class=executor)
        answers.append(await result if isawaitable(result) else result)
    theirs, ours = (answer_of(answer, True, []) for answer in answers)
    assert ours == theirs
