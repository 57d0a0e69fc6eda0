"""What it costs to look numbers up that may belong to a person: misses have a price and a limit."""

from typing import TypeAlias

from erikti.guard.budget import Budget, BudgetError, Remaining

MISSED = 100  # points of the budget

# Who paid how many points, and what was left then.
Paid: TypeAlias = list[tuple[str, int, Remaining]]


class Lookups:
    """The lookups of one caller: each is paid for before it is made, a hit is given back.

    ``who`` pays from a budget of ``points``; all that are counted as ``together`` may miss
    ``most`` times in a window of it.
    """

    def __init__(self, budget: Budget, who: str, points: int, together: str, most: int) -> None:
        self._budget = budget
        self._accounts = ((f"misses:{together}", 1, most), (who, MISSED, points))

    async def pay(self) -> Paid:
        """Pay for one; raises BudgetError, with nothing taken, where that is too much."""
        paid: Paid = []
        try:
            for account, price, limit in self._accounts:
                paid.append((account, price, await self._budget.spend(account, price, limit)))
        except BudgetError:
            await self.give_back(paid)
            raise
        return paid

    async def give_back(self, paid: Paid) -> None:
        """Give back what was paid, since there was a hit."""
        for account, price, left in paid:
            await self._budget.give_back(account, price, left)
