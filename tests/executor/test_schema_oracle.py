"""Generated operations on the real schema give the same results on both executors."""

import os
from inspect import isawaitable
from random import Random
from typing import Any

import pytest
from graphql.execution import Executor
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from erikti.database.connection import one_snapshot
from schema.engine.execution import OperationExecutor
from tests.executor.on_schema import LIMITS, acceptable, build, database, givens
from tests.executor.operations import Operation, Writer
from tests.executor.oracle import Answer, Determined, Exhaustive, answer_of, exhaustive
from tests.schema.walk import GRAPH

EXAMPLES = int(os.environ.get("EXECUTOR_EXAMPLES", "0"))
MANY = settings(
    max_examples=EXAMPLES or 150,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


async def answer(executor: type[Executor[Any]], operation: Operation) -> Answer:
    """Return the answer of one of Strawberry's executors."""
    built = build(executor, operation, operation_extensions=None)
    assert not isinstance(built, list)
    with one_snapshot():
        result = built.execute_operation()
        return answer_of(await result if isawaitable(result) else result, True, [])


async def compare(operation: Operation) -> Determined:
    """Execute on both executors and compare the deterministic properties."""
    with one_snapshot():
        rule = await exhaustive(build(Exhaustive, operation))
    for executor in (StrawberryGraphQLCoreExecutionContext, OperationExecutor):
        complaint = rule.complaint(await answer(executor, operation))
        assert complaint is None, (executor, complaint)
    return rule


def test_operations_answer_the_same_on_both_executors(populated: str) -> None:
    with database(populated) as runner:
        known = runner.run(givens())

        @MANY
        @given(random=st.randoms(use_true_random=True))
        def check(random: Random) -> None:
            operation = Writer(random, GRAPH, known, LIMITS).operation("query")
            assume(acceptable(operation))
            note(repr(operation))
            rule = runner.run(compare(operation))
            event(f"errors: {min(len(rule.landings), 3)}")
            event(f"size: {len(rule.data) // 1000} thousand")

        check()


# Found by generation.
FOUND = (
    "{ awardEditions(first: 1) { edges { cursor } } }",
    "{ nominations(first: 3) { groups(by: [COUNTRY], first: 1) { nodes { expertScore { __typename } } } } }",
)


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize("text", FOUND)
async def test_an_operation_answers_the_same_on_both_executors(text: str) -> None:
    await compare(Operation(text))
