"""What generation found once, as small as it gets: both executors give the same answer."""

from collections.abc import AsyncIterator, Callable
from inspect import isawaitable
from typing import Any

import pytest
from graphql import build_schema, execute, parse

from executor import BreadthFirstExecutor

SDL = """
type Query { things: [Thing] sure: [Thing!] lists: [[Thing]] numbers: [[Int]] two: [Thing] }
type Thing { name: String flags: [Boolean!]! number: Int! thing: Thing }
"""
Make = Callable[[], dict[str, Any]]


async def flags(error: Exception | None = None) -> AsyncIterator[bool]:
    """An asynchronous iterable, which may break off at once."""
    if error:
        raise error
    yield True


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
    theirs, ours = answers
    assert theirs.data == ours.data
    assert {str(error) for error in theirs.errors or ()} == {str(e) for e in ours.errors or ()}
