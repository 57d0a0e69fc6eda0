"""Points for work whose cost becomes known only during execution."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from erikti.errors import LimitError
from erikti.guard.budget import BudgetError
from erikti.guard.costs import CostAccount

# Charges points to the caller's budget; raises BudgetError.
Pay: TypeAlias = Callable[[CostAccount, int], Awaitable[None]]


class Spending:
    """Charges points for one operation; holds no reference to loaders, which refer to it."""

    def __init__(self, spent: CostAccount, pay: Pay | None) -> None:
        self._spent = spent
        self._pay = pay

    async def __call__(self, points: int, text: str) -> None:
        """Charge points for the reason ``text``; raises LimitError, which ends the operation."""
        spent = self._spent
        requested, allowed = spent.requested + points, spent.allowed
        if requested > allowed:
            over = {"limit": "cost", "asked": requested, "allowed": allowed}
            raise self._refusal(
                f"cost: {requested} points requested, at most {allowed} allowed", text, over
            )
        spent.requested = requested
        spent.conditions += points
        spent.actual += points
        try:
            if self._pay is not None:
                await self._pay(spent, points)
        except BudgetError as error:
            raise self._refusal(error.message, text, _own(error)) from None

    def _refusal(self, reason: str, text: str, extensions: dict[str, Any]) -> LimitError:
        # Not the error itself: its traceback would keep the frames alive.
        self._spent.refusal = (f"{reason}: {text}", extensions)
        return LimitError(f"{reason}: {text}", **extensions)


def _own(error: LimitError) -> dict[str, object]:
    """The extensions of an error besides its code."""
    return {name: value for name, value in (error.extensions or {}).items() if name != "code"}
