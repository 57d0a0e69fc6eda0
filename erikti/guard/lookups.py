"""The price of looking up numbers that may belong to a person; misses have a limit of their own."""

from typing import TypeAlias

from erikti.guard.budget import Budget, BudgetError, Remaining

MISSED = 100  # points of the budget

# The account, the points charged to it, and what was left.
Paid: TypeAlias = list[tuple[str, int, Remaining]]


class Lookups:
    """The lookups of one caller: each is charged in advance, and refunded if it finds a record.

    ``who`` is charged from a budget of ``points``; all callers with the same ``together`` have
    ``most`` misses per window.
    """

    def __init__(self, budget: Budget, who: str, points: int, together: str, most: int) -> None:
        self._budget = budget
        self._accounts = ((f"misses:{together}", 1, most), (who, MISSED, points))

    async def pay(self) -> Paid:
        """Charge one lookup; raise BudgetError, and charge nothing, if too little is left."""
        paid: Paid = []
        try:
            for account, price, limit in self._accounts:
                paid.append((account, price, await self._budget.spend(account, price, limit)))
        except BudgetError:
            await self.give_back(paid)
            raise
        return paid

    async def give_back(self, paid: Paid) -> None:
        """Refund a lookup that found a record."""
        for account, price, left in paid:
            await self._budget.give_back(account, price, left)
