"""The difference between requested and actual cost is refunded."""

import pytest

from erikti.guard.budget import NOTHING, Budget, BudgetError
from tests.guard.budgets import WINDOW, left
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("clock")


async def test_what_was_not_used_is_given_back(budget: Budget) -> None:
    taken = await budget.spend("a", 90, 100)
    given = await budget.give_back("a", 60, taken)
    assert (given.limit, given.remaining, given.resets_at) == (100, 70, taken.resets_at)
    assert await left(budget, "a") == 70
    assert await budget.give_back("a", 0, given) == given
    assert await left(budget, "b") == 100
    assert (await budget.spend("a", 70, 100)).remaining == 0


async def test_what_a_window_was_charged_is_not_given_back_to_the_next(
    budget: Budget, clock: Clock
) -> None:
    taken = await budget.spend("a", 90, 100)
    clock.running += WINDOW
    before = await left(budget, "a")
    assert await budget.give_back("a", 60, taken) == taken
    assert await left(budget, "a") == before


async def test_no_more_is_given_back_than_was_taken(budget: Budget) -> None:
    taken = await budget.spend("a", 90, 100)
    assert (await budget.give_back("a", 200, taken)).remaining == 100
    assert await left(budget, "a") == 100


async def test_what_is_given_back_has_no_limit(budget: Budget) -> None:
    await budget.spend("a", 90, 100)
    taken = await budget.spend("a", 90, 1_000)
    assert (await budget.give_back("a", 10, taken._replace(limit=50))).remaining == 0
    assert await left(budget, "a", 1_000) == 830


async def test_a_client_that_is_given_back_enough_is_read_again(budget: Budget) -> None:
    taken = await budget.spend("a", 1_000, 1_000)
    with pytest.raises(BudgetError) as refused:
        await budget.spend("a", 1, 1_000)
    assert refused.value.extensions == {
        "limit": "budget",
        "code": "LIMIT_EXCEEDED",
        "retryAfter": WINDOW,
        "asked": 1,
        "allowed": 0,
        "resetsAt": taken.instant,
    }
    with pytest.raises(BudgetError):
        budget.check("a")
    await budget.give_back("a", NOTHING - 1, taken)
    with pytest.raises(BudgetError):
        budget.check("a")
    await budget.give_back("a", 1, taken)
    budget.check("a")
