"""Points for what no document tells, and shows only while an operation is executed."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from erikti.errors import LimitError
from erikti.guard.budget import BudgetError
from erikti.guard.costs import CostAccount

# Takes points from the budget of who pays for an operation; raises BudgetError.
Pay: TypeAlias = Callable[[CostAccount, int], Awaitable[None]]


class Spending:
    """Takes such points for one operation; loaders have it, so it refers to nothing of theirs."""

    def __init__(self, spent: CostAccount, pay: Pay | None) -> None:
        self._spent = spent
        self._pay = pay

    async def __call__(self, points: int, text: str) -> None:
        """Take points for what the text says; raises LimitError, and lets the operation end."""
        spent = self._spent
        asked, most = spent.requested + points, spent.allowed
        if asked > most:
            over = {"limit": "cost", "asked": asked, "allowed": most}
            raise self._refusal(
                f"cost: {asked} points requested, at most {most} allowed", text, over
            )
        spent.requested = asked
        spent.conditions += points
        spent.actual += points
        try:
            if self._pay is not None:
                await self._pay(spent, points)
        except BudgetError as error:
            raise self._refusal(error.message, text, _own(error)) from None

    def _refusal(self, reason: str, text: str, extensions: dict[str, Any]) -> LimitError:
        # Not the error itself, whose frames would hold all this.
        self._spent.refusal = (f"{reason}: {text}", extensions)
        return LimitError(f"{reason}: {text}", **extensions)


def _own(error: LimitError) -> dict[str, Any]:
    """The extensions of an error besides its code."""
    return {name: value for name, value in (error.extensions or {}).items() if name != "code"}
