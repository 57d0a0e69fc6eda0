"""Cancelling an operation at any point leaves nothing behind and does not affect the next one."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from tests.database.leaks import Leaks, watched
from tests.database.suspending import MOST, Suspensions
from tests.schema.reach import operations, requested_fields, resolved
from tests.support.queries import AS_REGISTRAR, KEY, REGISTRAR, ask, engine, execute

NEXT = "{ regions { code organisations { totalCount } } }"
# More IDs than `nodes` takes, which may not be null.
FAILING = f"failing: nodes(ids: [{'1 ' * 101}]) {{ __typename }}"
PARTS = 6
pytestmark = pytest.mark.usefixtures("one_way")


@pytest.fixture
async def leaks(nation: str) -> AsyncIterator[Leaks]:
    """Return a detector of leaks, with the small generated country."""
    async with watched(nation) as leaks:
        yield leaks


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Any:
    """Fail if asyncio logs a lost task or result."""
    yield
    messages = [r.getMessage() for r in caplog.get_records("call") if r.name == "asyncio"]
    assert not messages


async def test_the_operations_reach_every_resolver(nation: str) -> None:
    del nation
    reached = set().union(*map(requested_fields, await operations()))
    assert resolved() <= reached
    assert len(resolved()) > 300


@pytest.mark.parametrize("part", range(PARTS))
async def test_cancelled_at_every_await(leaks: Leaks, part: int) -> None:
    expected = await ask(NEXT)
    cancelled = 0
    for operation in (await operations())[part::PARTS]:
        answer = await ask(operation, **AS_REGISTRAR)
        for number in range(1, MOST):
            if not await Suspensions(number).cancel(ask(operation, **AS_REGISTRAR)):
                break
            cancelled += 1
            await leaks.none_are_left()
            assert await asyncio.wait_for(ask(NEXT), 10) == expected
        assert await ask(operation, **AS_REGISTRAR) == answer
    assert cancelled > 20


async def test_stopped_by_a_deadline(leaks: Leaks) -> None:
    stopped = 0
    loop = asyncio.get_running_loop()
    for operation in await operations():
        begin = loop.time()
        answer = await ask(operation, **AS_REGISTRAR)
        took = loop.time() - begin
        for part in range(4):
            limits = Limits(query_seconds=took * part / 4)
            context = Context(Language.KK, KEY, REGISTRAR, limits, purpose="REGISTRATION")
            result = await engine().execute(operation, context_value=context)
            if result.errors:
                assert result.data is None
                (error,) = result.errors
                assert error.extensions == {"code": "TIMEOUT"}
                stopped += 1
            else:
                assert result.data == answer
            await leaks.none_are_left()
    assert stopped > 30
    assert await ask(NEXT)


async def test_ended_by_a_sibling_that_may_not_be_null(leaks: Leaks) -> None:
    expected = await ask(NEXT)
    for operation in await operations():
        failing = f"{operation.rstrip().removesuffix('}')} {FAILING} }}"
        result = await execute(failing, **AS_REGISTRAR)
        assert result.data is None
        assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"
        await leaks.none_are_left()
    assert await ask(NEXT) == expected


async def test_many_are_stopped_at_once(leaks: Leaks) -> None:
    expected = await ask(NEXT)
    every = await operations()
    for turns in range(0, 60, 4):
        tasks = [asyncio.create_task(execute(operation, **AS_REGISTRAR)) for operation in every]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await leaks.none_are_left()
        assert await asyncio.wait_for(ask(NEXT), 10) == expected


async def test_a_timeout_is_reported_and_not_logged_as_an_error(
    leaks: Leaks, caplog: pytest.LogCaptureFixture
) -> None:
    context = Context(Language.KK, KEY, limits=Limits(query_seconds=1e-6))
    with caplog.at_level(logging.WARNING):
        result = await engine().execute(NEXT, context_value=context)
    assert result.errors is not None
    assert result.errors[0].message == "The operation takes longer than 1e-06 seconds."
    assert not caplog.records
    await leaks.none_are_left()
