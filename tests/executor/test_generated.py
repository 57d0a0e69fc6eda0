"""Both executors give the same answer, whatever the schema, the data and the operation.

More examples than usual: ``EXECUTOR_EXAMPLES=20000 pytest tests/executor/test_generated.py``.
A smaller example of what fails, after some minutes: with ``EXECUTOR_SHRINK=1``.
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
# Hypothesis can make examples smaller where it decides everything itself, at some cost.
RANDOMS = st.randoms(use_true_random="EXECUTOR_SHRINK" not in os.environ)
GIVENS = {**SCALARS, "Odd": ("a", "raise", "refuse", "undefined")}
# How long each awaitable takes, from how long it was drawn to take.
SCHEDULES = (int, lambda turns: 3 - turns)


Scene = tuple[World, Operation]


def scene(random: Random, traits: Traits) -> Scene:
    """A world and a valid operation on it."""
    world = Maker(random, traits).world()
    schema = schema_of(world, batched=False)
    kind = random.choice(["query", "query", "mutation"])
    operation = Writer(random, schema, GIVENS).operation(kind)
    # A scalar may refuse what is written in the document, and introspection go too deep.
    assume(not validate(schema, parsed(operation.text)))
    note(f"{world}\n{operation}")
    return world, operation


def compare_at_once(found: Scene, executor: type[Executor[Any]]) -> None:
    """Execute where nothing waits: every answer is the same."""
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
    """Execute where some things wait: what is determined is the same."""
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
    """Whether a mutation's fields were executed one after the other."""
    if operation.root == "Mutation":
        assert answer.begun() == expected.begun()
        # What was given up because of an error may still run on graphql-core.
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
    """Look for a scene that does not compare."""

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
