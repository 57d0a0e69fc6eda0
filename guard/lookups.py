"""What it costs to look numbers up that may belong to a person: misses have a price and a limit."""

from collections.abc import Sequence

from guard.budget import Budget, BudgetError

MISSED = 100  # points of the budget


class Lookups:
    """The lookups of one caller: each is paid for before it is made, a hit is given back.

    ``who`` pays from a budget of ``points``; all that are counted as ``together`` may miss
    ``most`` times in a window of it.
    """

    def __init__(self, budget: Budget, who: str, points: int, together: str, most: int) -> None:
        self._budget = budget
        self._accounts = ((f"misses:{together}", 1, most), (who, MISSED, points))

    async def pay(self, count: int) -> None:
        """Pay for so many; raises BudgetError, with nothing taken, where that is too much."""
        paid: list[tuple[str, int, int]] = []
        try:
            for client, price, limit in self._accounts:
                await self._budget.spend(client, count * price, limit)
                paid.append((client, price, limit))
        except BudgetError:
            await self._give_back(count, paid)
            raise

    async def hit(self, count: int) -> None:
        """Give back what was paid for so many."""
        await self._give_back(count, self._accounts)

    async def _give_back(self, count: int, accounts: Sequence[tuple[str, int, int]]) -> None:
        for client, price, limit in accounts if count else ():
            await self._budget.spend(client, -count * price, limit)
