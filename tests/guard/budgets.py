"""Helpers for tests of budgets."""

from collections.abc import Callable

from erikti.guard.budget import Budget

WINDOW = 3_600
SHARED = ("valkey", "socket")
New = Callable[..., Budget]
Pass = Callable[[float], None]


async def left(budget: Budget, client: str, limit: int = 100) -> int:
    """Return the points that a client has left, without charging any."""
    return (await budget.spend(client, 0, limit)).remaining
