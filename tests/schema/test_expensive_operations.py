"""Expensive operations are executed one after the other, and do not delay others."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any

import pytest

from erikti.guard.costs import CostAccount
from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from schema.engine.engine import Prepared
from schema.engine.parsed_documents import LONG
from tests.support.queries import ANALYST, KEY, ask, engine, limited, refuse

pytestmark = pytest.mark.usefixtures("open_nation")
CHEAP = "{ organisations(first: 20) { totalCount nodes { name region { name } } } }"
EXPENSIVE = "{ organisations(first: 100) { nodes { name region { name } } } }"
SEARCHING = '{ organisations(filter: { name: { contains: "ан", language: RU } }) { totalCount } }'
MANY = f"{{ {' '.join(f'a{n}: regions {{ code }}' for n in range(20))} }}"
FOLLOWED = "{ statisticsChanged(year: 2025) { year } }"
DEFERRED = "{ organisations(first: 100) { nodes { id ... @defer { region { name } } } } }"
BROKEN = "query ($t: String!) { organisations(filter: { name: { contains: $t, language: RU } }) { totalCount } }"


def context(points: int = 0, conditions: int = 0, fields: int = 0, who: str = "") -> Context:
    """Return the context of an operation with these costs."""
    spent = CostAccount(requested=points, conditions=conditions, fields=fields)
    return Context(Language.KK, KEY, ANALYST, who=who, spent=spent)


@pytest.mark.parametrize(
    ("points", "conditions", "fields", "expensive"),
    [
        (100, 24, 0, False),
        (101, 0, 0, True),
        (26, 25, 0, True),
        (60, 0, 20, False),
        (60, 0, 21, True),
    ],
)
def test_points_searching_and_fields_make_an_operation_expensive(
    points: int, conditions: int, fields: int, expensive: bool
) -> None:
    assert engine().expensive.is_expensive(context(points, conditions, fields)) is expensive


@pytest.mark.parametrize("query", [EXPENSIVE, SEARCHING, MANY])
async def test_only_an_expensive_operation_waits_for_another(query: str) -> None:
    async with engine().expensive.admit(context(5_000)):
        waiting = asyncio.create_task(ask(query))
        assert (await ask(CHEAP))["organisations"]["totalCount"] == 811
        assert not waiting.done()
    assert await waiting


async def test_parts_of_an_expensive_operation_wait_for_another() -> None:
    prepared = engine().prepare(DEFERRED, None, None, context())
    assert isinstance(prepared, Prepared)
    async with aclosing(engine().parts(prepared)) as parts:
        async with engine().expensive.admit(context(5_000)):
            first = asyncio.ensure_future(anext(parts))
            await ask(CHEAP)
            assert not first.done()
        assert (await first)["hasNext"]


async def test_a_long_document_is_parsed_in_the_slot() -> None:
    long, known = (f"{{ regions {{ code }} }} # {word * LONG}" for word in "ab")
    with limited(Limits()) as engine:
        await engine.read(known, context(who="a"))
        async with engine.expensive.admit(context(5_000)):
            reading = asyncio.create_task(engine.read(long, context(who="a")))
            for text in (known, CHEAP):
                await engine.read(text, context(who="a"))
            assert not reading.done()
            assert engine.documents.is_slow(long)
        await reading
        assert not engine.documents.is_slow(long)


async def test_an_operation_that_waits_too_long_is_rejected() -> None:
    with limited(replace(Limits(), expensive_seconds=0.01)) as engine:
        async with engine.expensive.admit(context(5_000)):
            error = await refuse(EXPENSIVE)
        assert await ask(EXPENSIVE)
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "retry later" in error["message"]


async def test_slots_are_shared_fairly_among_clients() -> None:
    order: list[str] = []

    async def operate(who: str) -> None:
        async with engine().expensive.admit(context(5_000, who=who)):
            order.append(who)
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(engine().expensive.admit(context(5_000, who="first")))
        tasks = [asyncio.create_task(operate(who)) for who in "aaab"]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert "".join(order) == "abaa"


async def failing() -> None:
    """Run an operation that fails before execution."""
    await refuse(BROKEN, t=5)


async def late() -> None:
    """Run an operation that exceeds the time limit."""
    limits = replace(Limits(), query_seconds=0.000_001)
    result = await engine().execute(EXPENSIVE, context_value=replace(context(), limits=limits))
    assert result.errors is not None


async def cancelled() -> None:
    """Run an operation that is cancelled during execution."""
    task = asyncio.create_task(ask(EXPENSIVE))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("ending", [failing, late, cancelled])
async def test_the_slot_is_always_released(ending: Callable[[], Any]) -> None:
    await ending()
    async with asyncio.timeout(10), engine().expensive.admit(context(5_000)):
        pass


async def test_the_figures_of_a_year_are_always_expensive() -> None:
    year = "{ statistics(year: 2025) { year } }"
    entity = """{ _entities(representations: [{ __typename: "NationalStatistics", year: 2025 }]) {
      ... on NationalStatistics { year } } }"""
    for query in (year, entity):
        asked = context()
        assert isinstance(engine().prepare(query, None, None, asked), Prepared)
        assert engine().expensive.is_expensive(asked)
    followed = context()  # computed once for all subscribers
    assert isinstance(engine().prepare(f"subscription {FOLLOWED}", None, None, followed), Prepared)
    assert not engine().expensive.is_expensive(followed)


async def test_the_wait_for_the_slot_counts_towards_the_time_limit() -> None:
    late = Context(Language.KK, KEY, ANALYST)
    object.__setattr__(late, "began", late.began - Limits().query_seconds)
    result = await engine().execute(CHEAP, context_value=late)
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["code"] == "TIMEOUT"
