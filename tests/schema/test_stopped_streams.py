"""Stopping an incremental response or a subscription at any point leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from erikti.guard.limits import Limits
from models.changes import read_head
from models.people import Language
from resolvers.context import Context
from resolvers.live_figures import LiveFigures
from resolvers.statistics import count
from schema.engine.engine import Prepared
from tests.database.leaks import Leaks, watched
from tests.database.suspending import MOST, Suspensions
from tests.support.queries import KEY, REGISTRAR, ask, engine

NEXT = "{ regions { code organisations { totalCount } } }"
DEFERRED = """{
  volunteers(first: 2) { nodes { id ... @defer { person { displayName givenName } region { name } } } }
  regions @stream(initialCount: 1) { code organisations(first: 1) { nodes { name } } }
}"""
FOLLOWED = (
    'subscription { statisticsChanged(year: 2025) { figure(code: "organisations") { counted } } }'
)


@pytest.fixture
async def leaks(nation: str) -> AsyncIterator[Leaks]:
    """Return a detector of leaks, with the small generated country."""
    async with watched(nation) as leaks:
        yield leaks


def prepared(text: str, figures: LiveFigures[int, Any] | None = None) -> Prepared:
    """Prepare an operation for the ministry."""
    context = Context(Language.KK, KEY, REGISTRAR, purpose="REGISTRATION", figures=figures)
    found = engine().prepare(text, None, None, context)
    assert isinstance(found, Prepared), found
    return found


async def in_parts() -> list[Any]:
    async with aclosing(engine().parts(prepared(DEFERRED))) as parts:
        return [part async for part in parts]


async def first_event() -> list[Any]:
    figures: LiveFigures[int, Any] = LiveFigures(count, Limits(), read_head)
    try:
        operation = prepared(FOLLOWED, figures)
        async with engine().source(operation) as events:
            async for event in events:
                return [(await engine().run(operation, event)).data]
        return []
    finally:
        await figures.close()


# graphql-core executes incremental responses.
@pytest.mark.usefixtures("no_garbage_left")
@pytest.mark.parametrize("work", [in_parts, first_event])
async def test_cancelled_at_every_await(
    leaks: Leaks, work: Callable[[], Awaitable[list[Any]]]
) -> None:
    expected = await ask(NEXT)
    answer = await work()
    assert answer
    cancelled = 0
    for number in range(1, MOST):
        if not await Suspensions(number).cancel(work()):  # type: ignore[arg-type]
            break
        cancelled += 1
        await leaks.none_are_left()
        assert await asyncio.wait_for(ask(NEXT), 10) == expected
    assert cancelled > 5
    # Only the first part is deterministic; later ones are sent as soon as they are ready.
    assert (await work())[0] == answer[0]


@pytest.mark.parametrize("taken", [1, 2])
async def test_left_after_some_parts(leaks: Leaks, taken: int) -> None:
    async with aclosing(engine().parts(prepared(DEFERRED))) as parts:
        for _ in range(taken):
            assert (await anext(parts))["hasNext"] in (True, False)
    await leaks.none_are_left()
    assert await ask(NEXT)
