"""Both executors give the same result for random schemas, data and operations.

For more examples, run ``EXECUTOR_EXAMPLES=20000 pytest tests/executor/test_generated.py``; set
``EXECUTOR_SHRINK=1`` to shrink a failing example, which takes minutes.
"""

import asyncio
import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from graphql import validate
from graphql.execution import Executor
from hypothesis import HealthCheck, Phase, assume, event, given, note, settings
from hypothesis import strategies as st

from erikti.executor import BreadthFirstExecutor
from tests.executor.generate import Maker, Traits
from tests.executor.mutants import MUTANTS, WAITING_MUTANTS
from tests.executor.operations import SCALARS, Operation, Writer
from tests.executor.oracle import Answer, execution, rule_of, settled
from tests.executor.worlds import World, parsed, schema_of

EXAMPLES = int(os.environ.get("EXECUTOR_EXAMPLES", "0"))
MANY = settings(
    max_examples=EXAMPLES or 200,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# Hypothesis can shrink examples only if it makes every choice itself, which is slower.
RANDOMS = st.randoms(use_true_random="EXECUTOR_SHRINK" not in os.environ)
GIVENS = {**SCALARS, "Odd": ("a", "raise", "refuse", "undefined")}
# Schedules: functions from the drawn to the actual duration of an awaitable.
SCHEDULES = (int, lambda turns: 3 - turns)


Scene = tuple[World, Operation]


def scene(random: Random, traits: Traits) -> Scene:
    """Return a world and a valid operation on it."""
    world = Maker(random, traits).world()
    schema = schema_of(world, batched=False)
    kind = random.choice(["query", "query", "mutation"])
    operation = Writer(random, schema, GIVENS).operation(kind)
    # A scalar may reject a literal, and introspection may be too deep.
    assume(not validate(schema, parsed(operation.text)))
    note(f"{world}\n{operation}")
    return world, operation


def compare_at_once(found: Scene, executor: type[Executor[Any]]) -> None:
    """Execute without awaitables: all results must be equal."""
    world, operation = found
    plain = schema_of(world, batched=False)
    expected = execution(world, plain, operation, None)
    event(f"errors: {min(expected.failures.total(), 3)}")
    for schema in (plain, schema_of(world, batched=True)):
        for each in (executor, None):
            answer = execution(world, schema, operation, each)
            assert answer == expected
            check_order(operation, answer, expected)


async def compare(found: Scene, executor: type[Executor[Any]]) -> None:
    """Execute with awaitables: the deterministic properties must be equal."""
    world, operation = found
    plain = schema_of(world, batched=False)
    rule = await rule_of(world, plain, operation)
    event(f"errors: {min(len(rule.landings), 3)}")
    expected = await settled(execution(world, plain, operation, None))
    for schema in (plain, schema_of(world, batched=True)):
        for schedule in SCHEDULES:
            for each in (executor, None):
                answer = await settled(execution(world, schema, operation, each, schedule))
                complaint = rule.complaint(answer)
                assert complaint is None, (each, schema is plain, complaint)
                check_order(operation, answer, expected)


def check_order(operation: Operation, answer: Answer, expected: Answer) -> None:
    """Check that a mutation's fields were executed serially."""
    if operation.root == "Mutation":
        assert answer.begun() == expected.begun()
        # On graphql-core, tasks abandoned after an error may still be running.
        assert answer.failures or not answer.interleaved()


@pytest.mark.parametrize("faults", [False, True])
@MANY
@given(random=RANDOMS)
def test_answers_without_waiting_are_the_same(random: Random, faults: bool) -> None:
    compare_at_once(scene(random, Traits(waits=False, faults=faults)), BreadthFirstExecutor)


@pytest.mark.parametrize("faults", [False, True])
@MANY
@given(random=RANDOMS)
def test_answers_with_waiting_are_the_same_but_for_timing(random: Random, faults: bool) -> None:
    asyncio.run(compare(scene(random, Traits(waits=True, faults=faults)), BreadthFirstExecutor))


def search(traits: Traits, compare_scene: Callable[[Scene], None]) -> None:
    """Search for a scene on which the executors differ."""

    @settings(MANY, phases=[Phase.generate])
    @given(random=RANDOMS)
    def look(random: Random) -> None:
        compare_scene(scene(random, traits))

    look()


@pytest.mark.parametrize("mutant", MUTANTS)
def test_an_executor_that_is_wrong_is_found_out(mutant: type[Executor[Any]]) -> None:
    with pytest.raises(AssertionError):
        search(Traits(waits=False), lambda found: compare_at_once(found, mutant))


@pytest.mark.parametrize("mutant", WAITING_MUTANTS)
def test_an_executor_that_is_wrong_with_waiting_is_found_out(
    mutant: type[Executor[Any]],
) -> None:
    with pytest.raises(AssertionError):
        search(Traits(waits=True), lambda found: asyncio.run(compare(found, mutant)))
