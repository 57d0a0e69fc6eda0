"""The clock that budgets see in tests, and what is left of them."""

from collections.abc import Callable

from erikti.guard.budget import Budget

WINDOW = 3_600
SHARED = ("valkey", "socket")
New = Callable[..., Budget]
Pass = Callable[[float], None]


async def left(budget: Budget, client: str, limit: int = 100) -> int:
    """What a client has left, with nothing taken."""
    return (await budget.spend(client, 0, limit)).remaining
