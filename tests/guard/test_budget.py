"""Budgets of clients: charged, refunded, shared, and counted per process while Valkey is away."""

import asyncio
import re
from collections.abc import Coroutine
from datetime import datetime
from inspect import CORO_SUSPENDED, getcoroutinestate
from typing import Any

import pytest

from erikti.cache import Valkey
from erikti.cache.valkey import in_time
from erikti.guard.budget import NOTHING, Budget, BudgetError
from tests.guard.budgets import WINDOW, New, Pass, left
from tests.support.clock import Clock
from tests.support.valkey import PATIENCE, OwnValkey, client_of
from tests.support.waiting import eventually, until

pytestmark = pytest.mark.usefixtures("clock")


def resets(error: BudgetError) -> float:
    """When a window begins again, in seconds since 1970."""
    return datetime.fromisoformat((error.extensions or {})["resetsAt"]).timestamp()


async def test_what_is_left_is_spent_and_no_more(budget: Budget, clock: Clock) -> None:
    found = await budget.spend("a", 60, 100)
    assert (found.limit, found.remaining) == (100, 40)
    assert found.resets_at == clock.day + WINDOW
    with pytest.raises(BudgetError) as refused:
        await budget.spend("a", 41, 100)
    assert "40 of 100 are left" in refused.value.message
    assert await left(budget, "a") == 40
    assert (await budget.spend("a", 40, 100)).remaining == 0
    assert (await budget.spend("b", 100, 100)).remaining == 0
    with pytest.raises(BudgetError):
        await budget.spend("a", 1, 100)
    assert await left(budget, "c") == await left(budget, "c") == 100


async def test_a_refusal_names_what_was_asked_what_is_left_and_when_to_come_again(
    budget: Budget,
) -> None:
    await budget.spend("a", 63, 104)
    with pytest.raises(BudgetError, match="budget") as refused:
        await budget.spend("a", 42, 104)
    assert re.findall(r"\d+", str(refused.value)) == ["42", "41", "104", "3600"]


@pytest.mark.parametrize(
    ("passed", "seconds"), [(0, 3_600), (0.5, 3_600), (1_800, 1_800), (3_599.5, 1), (3_601, 1)]
)
async def test_a_client_that_waits_as_long_as_a_refusal_says_has_all_again(
    budget: Budget, pass_: Pass, passed: float, seconds: int
) -> None:
    await budget.spend("a", 100, 100)
    with pytest.raises(BudgetError) as refused:
        await budget.spend("a", 1, 100)
    pass_(passed)
    assert refused.value.retry_after == seconds
    pass_(seconds)
    budget.check("a")
    assert (await budget.spend("a", 99, 100)).remaining == 1


async def test_a_budget_that_was_made_smaller_leaves_nothing_rather_than_less(
    budget: Budget,
) -> None:
    await budget.spend("a", 90, 100)
    with pytest.raises(BudgetError) as refused:
        await budget.spend("a", 5, 50)
    assert (refused.value.extensions or {})["allowed"] == 0
    assert await left(budget, "a") == 10


@pytest.mark.parametrize("rest", [NOTHING, NOTHING - 1])
async def test_a_client_with_next_to_nothing_left_is_refused_before_being_read(
    budget: Budget, rest: int
) -> None:
    budget.check("a")
    await budget.spend("a", 1_000 - rest, 1_000)
    budget.check("a")
    with pytest.raises(BudgetError):
        await budget.spend("a", rest + 1, 1_000)
    if rest < NOTHING:
        with pytest.raises(BudgetError) as refused:
            budget.check("a")
        assert (refused.value.extensions or {})["allowed"] == rest
    else:
        budget.check("a")
    budget.check("b")


async def test_the_window_of_each_client_gives_all_back(
    budget: Budget, pass_: Pass, clock: Clock
) -> None:
    for _ in range(2):
        begun = clock.day
        assert (await budget.spend("a", 60, 100)).resets_at == begun + WINDOW
        pass_(WINDOW / 2)
        found = await budget.spend("a", 40, 100)
        assert (found.remaining, found.resets_at) == (0, begun + WINDOW)
        assert (await budget.spend("b", 100, 100)).resets_at == begun + WINDOW * 1.5
        pass_(WINDOW / 2 - 60)
        for _ in range(2):
            with pytest.raises(BudgetError):
                await budget.spend("a", 1, 100)
            with pytest.raises(BudgetError):
                budget.check("a")
        pass_(60)
        budget.check("a")
        with pytest.raises(BudgetError):
            await budget.spend("b", 1, 100)
        pass_(WINDOW)


async def test_a_clock_that_was_ahead_and_is_put_right_locks_no_client_out(
    budget: Budget, pass_: Pass, clock: Clock
) -> None:
    for wrong in (86_400, -86_400):
        clock.day += wrong
        await budget.spend("a", 100, 100)
        with pytest.raises(BudgetError):
            await budget.spend("a", 1, 100)
        clock.day -= wrong
        with pytest.raises(BudgetError) as refused:
            budget.check("a")
        assert refused.value.retry_after == WINDOW
        assert resets(refused.value) == clock.day + WINDOW
        pass_(WINDOW)
        budget.check("a")
        assert (await budget.spend("a", 100, 100)).remaining == 0
        pass_(WINDOW)


async def test_a_clock_of_valkey_that_is_put_back_locks_no_client_out(
    new: New, own_valkey: OwnValkey
) -> None:
    budget = new(own_valkey.url)
    await budget.spend("a", 100, 100)
    with own_valkey.client() as valkey:
        (key,) = valkey.keys("*")
        valkey.expire(key, 86_400 + WINDOW)  # what is left of its window then
        found = await budget.spend("a", 1, 100)
        assert found.remaining == 99
        assert valkey.ttl(key) <= WINDOW


async def test_machines_whose_clocks_differ_count_in_one_window(
    new: New, own_valkey: OwnValkey, clock: Clock
) -> None:
    here, there = new(own_valkey.url), new(own_valkey.url)
    await here.spend("a", 60, 100)
    clock.day += 86_400
    clock.running += 86_400
    found = await there.spend("a", 40, 100)
    assert (found.remaining, found.resets_at) == (0, clock.day + WINDOW)
    with pytest.raises(BudgetError):
        await there.spend("a", 1, 100)


async def test_a_budget_in_memory_remembers_the_clients_seen_last(
    two_clients: None, new: New
) -> None:
    budget = new()
    for client in ("a", "b", "a", "c"):
        await budget.spend(client, 10, 100)
    assert await left(budget, "c") == 90
    assert await left(budget, "a") == 80
    assert await left(budget, "b") == 100


@pytest.fixture
def two_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit new budgets to two clients in memory."""
    monkeypatch.setattr("erikti.guard.budget.CLIENTS", 2)


async def test_no_more_clients_are_refused_unread_than_fit(
    two_clients: None, budget: Budget, pass_: Pass
) -> None:
    for window in range(2):
        for client in ("a", "b", "a", "c"):
            with pytest.raises(BudgetError):
                await budget.spend(f"{client}{window}", 100, 90)
        for client in ("a", "c"):
            with pytest.raises(BudgetError):
                budget.check(f"{client}{window}")
        budget.check(f"b{window}")
        pass_(WINDOW)


async def test_processes_share_a_budget(new: New, own_valkey: OwnValkey) -> None:
    one, other = new(own_valkey.url), new(own_valkey.url)
    spent = await asyncio.gather(
        *(budget.spend("a", 10, 1_000) for budget in (one, other) for _ in range(50))
    )
    assert min(found.remaining for found in spent) == 0
    for budget in (one, other):
        with pytest.raises(BudgetError):
            await budget.spend("a", 1, 1_000)


async def test_a_shared_counter_ends_with_its_window(new: New, own_valkey: OwnValkey) -> None:
    budget = new(own_valkey.url)
    with own_valkey.client() as valkey:
        for _ in range(2):
            await budget.spend("a", 10, 100)
            (key,) = valkey.keys("*")
            assert 0 < valkey.ttl(key) <= WINDOW
        valkey.persist(key)  # a counter without an end would refuse for ever
        await budget.spend("a", 95, 100)
        assert 0 < valkey.ttl(key) <= WINDOW


async def test_a_valkey_that_is_away_is_left_alone_for_a_while(
    own_valkey: OwnValkey, valkey: Valkey
) -> None:
    budget = Budget(WINDOW, valkey)
    await budget.spend("a", 90, 100)
    own_valkey.kill()
    # From now on this process counts for itself.
    assert (await budget.spend("a", 10, 100)).remaining == 90
    own_valkey.start()
    assert (await budget.spend("a", 10, 100)).remaining == 80
    with pytest.raises(BudgetError):
        await budget.spend("a", 81, 100)
    assert await left(budget, "a") == 80


async def test_a_valkey_that_is_back_counts_again(own_valkey: OwnValkey, valkey: Valkey) -> None:
    budget = Budget(WINDOW, valkey)
    await budget.spend("a", 90, 100)
    own_valkey.kill()
    valkey.pause = 0.1
    assert (await budget.spend("a", 10, 100)).remaining == 90
    own_valkey.start()
    await until(lambda: not valkey.away)
    # The new server has no counters.
    assert await left(budget, "a") == 100


async def test_a_valkey_that_does_not_answer_is_not_waited_for(
    own_valkey: OwnValkey, valkey: Valkey
) -> None:
    budget = Budget(WINDOW, valkey)
    await asyncio.gather(*(budget.spend("a", 10, 100) for _ in range(9)))
    with own_valkey.client() as client:
        assert len(client.client_list()) > 3
    own_valkey.freeze()
    valkey.timeout = valkey.pause = 0.1
    found = [(await budget.spend("a", 10, 100)).remaining for _ in range(10)]
    assert found == list(range(90, -1, -10))
    with pytest.raises(BudgetError):
        await budget.spend("a", 10, 100)
    valkey.timeout = PATIENCE
    own_valkey.thaw()
    await until(lambda: not valkey.away)
    with own_valkey.client() as client:
        # No connection from before the outage is left.
        eventually(lambda: len(client.client_list()) == 2)
    # It had received one command before it froze, and executes it.
    assert await left(budget, "a") == 0


async def test_a_valkey_that_is_given_up_still_answers_what_it_was_asked_before(
    own_valkey: OwnValkey, valkey: Valkey
) -> None:
    budget = Budget(WINDOW, valkey)
    await budget.spend("a", 50, 100)
    own_valkey.freeze()
    asking = budget.spend("a", 10, 100)
    patient = asyncio.create_task(asking)
    await until(lambda: getcoroutinestate(asking) == CORO_SUSPENDED)
    valkey.timeout = 0.1
    assert (await budget.spend("a", 10, 100)).remaining == 90
    own_valkey.thaw()
    assert (await patient).remaining == 40


async def test_what_a_lost_valkey_counted_is_not_given_back_here(
    own_valkey: OwnValkey, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(exchange: Coroutine[Any, Any, Any], seconds: float) -> Any:
        found = await in_time(exchange, seconds)
        own_valkey.kill()
        return found

    monkeypatch.setattr("erikti.cache.valkey.in_time", lost)
    budget = Budget(WINDOW, valkey)
    with pytest.raises(BudgetError):
        await budget.spend("a", 150, 100)
    assert await left(budget, "a") == 100


async def test_a_client_that_is_closed_leaves_no_connection(own_valkey: OwnValkey) -> None:
    async with client_of(own_valkey.url) as valkey:
        await Budget(WINDOW, valkey).spend("a", 1, 100)
        with own_valkey.client() as client:
            assert len(client.client_list()) == 2
    with own_valkey.client() as client:
        eventually(lambda: len(client.client_list()) == 1)
