"""Operations on the schema itself: executed breadth first, they answer as on graphql-core's executor."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isawaitable
from random import Random
from typing import Any

import pytest
from graphql import GraphQLError, parse, validate
from graphql.execution import Executor
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from models.database import opened, operation
from models.people import Language
from resolvers.context import Context
from schema.execution import Exchange
from tests.executor.operations import SCALARS, Givens, Limits, Operation, Writer
from tests.executor.oracle import Answer, Determined, Exhaustive, answer_of, exhaustive
from tests.queries import ANALYST, KEY, ask
from tests.schema.walk import GRAPH

EXAMPLES = int(os.environ.get("EXECUTOR_EXAMPLES", "0"))
MANY = settings(
    max_examples=EXAMPLES or 150,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# Pages are kept small, so that nested ones do not grow beyond measure.
LIMITS = Limits(depth=5, selections=3, fields=25, seldom=6, always=frozenset({"first", "by"}))
SAMPLE = """
{
  people(first: 3) { nodes { id } pageInfo { endCursor } }
  volunteers(first: 3) { nodes { id } pageInfo { endCursor } }
  organisations(first: 3) { nodes { id } }
  delegations(first: 3) { nodes { id } }
  placements(first: 3) { nodes { id } }
  nominations(first: 3) { nodes { id } }
  regions { id code }
  countries { id code }
}
"""


def found(data: Any, name: str) -> list[Any]:
    """All values of a key, anywhere."""
    if isinstance(data, dict):
        own = [data[name]] if name in data else []
        return own + [value for item in data.values() for value in found(item, name)]
    return [value for item in data for value in found(item, name)] if isinstance(data, list) else []


async def givens() -> Givens:
    """Inputs of which most lead to something: ids, codes and cursors from the database."""
    data = await ask(SAMPLE)
    ids = [*found(data, "id"), "unknown"]
    cursors = [*found(data, "endCursor"), "unknown"]
    places: dict[str, Any] = {
        "first": (3, 2, 3, 1, 3, 0),
        "last": (1, 2),
        "after": cursors,
        "before": cursors,
        "year": (2024, 2025, 2026, 1900),
    }
    by_place = {
        f"{type_}.{name}.{argument}": places[argument]
        for type_ in GRAPH.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        for argument in getattr(field, "args", ())
        if argument in places
    }
    entities = [
        {"__typename": name, "id": id_}
        for name in ("Volunteer", "Person", "Region", "Nothing")
        for id_ in ids
    ]
    return {
        **SCALARS,
        **by_place,
        "ID": ids,
        "RegionCode": [*found(data["regions"], "code")[:3], "XX"],
        "CountryCode": [*found(data["countries"], "code")[:3], "XX"],
        "CurrencyCode": ("KZT", "USD"),
        "Date": ("2024-05-01", "2025-12-31"),
        "DateTime": ("2025-01-01T00:00:00Z",),
        "Decimal": ("0", "10.5", "x"),
        "_Any": entities,
    }


def build(executor: type[Executor[Any]], asked: Operation, **more: Any) -> Any:
    """An executor of an operation by a new caller, or errors of the request."""
    return executor.build(
        GRAPH, parse(asked.text), None, Context(Language.EN, KEY, ANALYST), asked.variables, **more
    )


async def answer(executor: type[Executor[Any]], asked: Operation) -> Answer:
    """What an executor of Strawberry's answers."""
    built = build(executor, asked, operation_extensions=None)
    assert not isinstance(built, list)
    with operation():
        result = built.execute_operation()
        return answer_of(await result if isawaitable(result) else result, True, [])


async def compare(asked: Operation) -> Determined:
    """Execute on both executors, and compare what is determined."""
    with operation():
        rule = await exhaustive(build(Exhaustive, asked))
    for executor in (StrawberryGraphQLCoreExecutionContext, Exchange):
        complaint = rule.complaint(await answer(executor, asked))
        assert complaint is None, (executor, complaint)
    return rule


@contextmanager
def database(url: str) -> Iterator[asyncio.Runner]:
    """A runner in whose context the database is open."""
    with asyncio.Runner() as runner:
        manager = opened(url)
        runner.run(manager.__aenter__())
        try:
            yield runner
        finally:
            runner.run(manager.__aexit__(None, None, None))


# What graphql-core gives up on, with the loaders behind it, it may leave behind.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_operations_answer_the_same_on_both_executors(populated: str) -> None:
    with database(populated) as runner:
        known = runner.run(givens())

        @MANY
        @given(random=st.randoms(use_true_random=True))
        def check(random: Random) -> None:
            asked = Writer(random, GRAPH, known, LIMITS).operation("query")
            assume(acceptable(asked))
            note(repr(asked))
            rule = runner.run(compare(asked))
            event(f"errors: {min(len(rule.landings), 3)}")
            event(f"size: {len(rule.data) // 1000} thousand")

        check()


# What generation found once.
FOUND = (
    "{ awardEditions(first: 1) { edges { cursor } } }",
    "{ nominations(first: 3) { groups(by: [COUNTRY], first: 1) { expertScore { __typename } } } }",
)


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize("text", FOUND)
async def test_an_operation_answers_the_same_on_both_executors(text: str) -> None:
    await compare(Operation(text))


def acceptable(asked: Operation) -> bool:
    """Whether the operation would be executed: valid, and its variables of their types."""
    errors: list[GraphQLError] = validate(GRAPH, parse(asked.text))
    return not errors and not isinstance(build(Exhaustive, asked), list)
