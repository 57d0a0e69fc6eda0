"""Budgets of clients: taken up, given back, shared, and kept while Valkey is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from guard.budget import PAUSE, Budget, BudgetError
from tests.support.plugin import own_valkey
from tests.support.valkey import OwnValkey

__all__ = ["own_valkey"]
WINDOW = 3_600
New = Callable[..., Budget]


@pytest.fixture
async def new() -> AsyncIterator[New]:
    """Makes budgets, which are closed at the end."""
    made: list[Budget] = []

    def make(url: str | None = None, seconds: int = WINDOW) -> Budget:
        made.append(Budget(seconds, url))
        return made[-1]

    yield make
    for budget in made:
        await budget.close()


@pytest.fixture(params=["memory", "valkey", "socket"])
def budget(request: pytest.FixtureRequest, new: New) -> Budget:
    """A budget of each kind."""
    if request.param == "memory":
        return new()
    server: OwnValkey = request.getfixturevalue("own_valkey")
    return new(server.url if request.param == "valkey" else f"unix://{server.socket}")


async def test_what_is_left_is_spent_and_no_more(budget: Budget) -> None:
    left = await budget.spend("a", 60, 100)
    assert (left.limit, left.remaining) == (100, 40)
    assert time.time() < left.resets_at <= time.time() + WINDOW
    with pytest.raises(BudgetError) as refused:
        await budget.spend("a", 41, 100)
    assert refused.value.left.remaining == 40
    assert 0 < refused.value.retry_after <= WINDOW + 1
    assert (await budget.spend("a", 40, 100)).remaining == 0
    assert (await budget.spend("b", 100, 100)).remaining == 0
    with pytest.raises(BudgetError):
        await budget.spend("a", 1, 100)


async def test_who_has_nothing_left_is_refused_before_being_read(budget: Budget) -> None:
    budget.check("a")
    await budget.spend("a", 950, 1_000)
    budget.check("a")
    with pytest.raises(BudgetError):
        await budget.spend("a", 100, 1_000)
    with pytest.raises(BudgetError) as refused:
        budget.check("a")
    assert refused.value.left.remaining == 50
    budget.check("b")


async def test_a_window_gives_all_back(new: New) -> None:
    budget = new(seconds=1)
    left = await budget.spend("a", 100, 100)
    with pytest.raises(BudgetError):
        await budget.spend("a", 1, 100)
    await asyncio.sleep(max(left.resets_at - time.time(), 0) + 0.05)
    budget.check("a")
    assert (await budget.spend("a", 100, 100)).remaining == 0


async def test_processes_share_a_budget(
    new: New, own_valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guard.budget.PATIENCE", 60.0)  # a busy machine is no outage
    one, other = new(own_valkey.url), new(own_valkey.url)
    spent = await asyncio.gather(
        *(budget.spend("a", 10, 1_000) for budget in (one, other) for _ in range(50))
    )
    assert min(left.remaining for left in spent) == 0
    for budget in (one, other):
        with pytest.raises(BudgetError):
            await budget.spend("a", 1, 1_000)


@pytest.mark.parametrize("how", ["freeze", "kill"])
async def test_nobody_waits_for_a_valkey_that_is_away(
    new: New, own_valkey: OwnValkey, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = new(own_valkey.url)
    await budget.spend("a", 90, 100)
    getattr(own_valkey, how)()
    begin = time.monotonic()
    left = [(await budget.spend("a", 10, 100)).remaining for _ in range(10)]
    # Counted for this process alone from now on.
    assert left == list(range(90, -1, -10))
    with pytest.raises(BudgetError):
        await budget.spend("a", 10, 100)
    assert time.monotonic() - begin < PAUSE
    if how == "freeze":
        own_valkey.thaw()
    else:
        own_valkey.start()
    monkeypatch.setattr(budget, "_away_until", 0.0)
    left_there = (await budget.spend("a", 0, 100)).remaining
    # It froze with one command given, and carries that out.
    assert left_there == (100 if how == "kill" else 0)


async def test_a_budget_in_memory_is_bounded(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.budget.CLIENTS", 10)
    budget = new()
    for n in range(100):
        await budget.spend(str(n), 1, 10)
    assert len(budget._own) == 10
    assert (await budget.spend("99", 0, 10)).remaining == 9
