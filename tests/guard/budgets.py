"""The clock that budgets see in tests, and what is left of them."""

from collections.abc import Callable

from guard.budget import Budget

WINDOW = 3_600
SHARED = ("valkey", "socket")
New = Callable[..., Budget]
Pass = Callable[[float], None]


class Clock:
    """The time that budgets see: of day, and since the machine was started."""

    def __init__(self) -> None:
        self.day = 1_800_000_000.0
        self.running = 0.0

    def time(self) -> float:
        """Seconds since 1970."""
        return self.day

    def monotonic(self) -> float:
        """Seconds of a clock that is never set."""
        return self.running


async def left(budget: Budget, client: str, limit: int = 100) -> int:
    """What a client has left, with nothing taken."""
    return (await budget.spend(client, 0, limit)).remaining
