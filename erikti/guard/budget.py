"""What each client may spend in a window of time, shared by all processes where there is Valkey.

A window begins with the first points that a client spends, and is counted down from then on: by
Valkey, or by this process's monotonic clock. So no clock that is wrong, or put right, lengthens
it, and machines need not agree on the time. A moving window would keep an entry for each of the
points; what this one allows is twice the budget around its end.
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

from cachetools import LRUCache

from erikti.cache.valkey import Valkey, ValkeyAwayError

CLIENTS = 100_000  # whose counters are kept in memory, those last seen
NOTHING = 100  # points that are not worth looking at a document for
MUCH = 2**53  # a limit beyond any number of points
PREFIX = "erikti:budget"


# Takes points if so many are left, or gives back those below zero: what is used then, the
# milliseconds until all is given back, and whether they were taken. A window that would last
# longer than one does is the work of a clock of Valkey's that was put back, and begins anew.
SPEND = """
local points, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local left = redis.call('PTTL', KEYS[1])
if left <= 0 or left > window then
  redis.call('SET', KEYS[1], 0, 'PX', window)
  left = window
end
local used = tonumber(redis.call('GET', KEYS[1]))
if used + points > limit then return {used, left, 0} end
if points < -used then points = -used end
return {redis.call('INCRBY', KEYS[1], points), left, 1}
"""


@dataclass(frozen=True)
class Remaining:
    """What a client has left: points, of how many, and when all is given back.

    ``ends`` is in seconds of this process's monotonic clock.
    """

    limit: int
    remaining: int
    ends: float

    @property
    def seconds(self) -> int:
        """Whole seconds until all is given back, at least one."""
        return max(1, ceil(self.ends - time.monotonic()))

    @property
    def resets_at(self) -> int:
        """The same as an instant: seconds since 1970, by the clock as it is now."""
        return ceil(time.time() + self.ends - time.monotonic())

    @property
    def instant(self) -> str:
        """When all is given back, as RFC 3339 has it."""
        return datetime.fromtimestamp(self.resets_at, UTC).isoformat()


class BudgetError(Exception):
    """A client would spend more than is left."""

    def __init__(self, left: Remaining, asked: int) -> None:
        self.left, self.asked = left, asked
        super().__init__(
            f"budget: {asked} points asked for, {left.remaining} of {left.limit} are left; "
            f"again in {left.seconds} s"
        )

    @property
    def extensions(self) -> dict[str, Any]:
        """What a refusal says besides its text."""
        return {
            "limit": "budget",
            "asked": self.asked,
            "allowed": self.left.remaining,
            "resetsAt": self.left.instant,
        }

    @property
    def retry_after(self) -> int:
        """Seconds until the next window, at least one."""
        return self.left.seconds


@dataclass(frozen=True)
class _Window:
    """The points that were used in a window, and when it ends (monotonic clock)."""

    used: int
    ends: float


class Budget:
    """The budgets of all clients.

    Without a Valkey, or while it is away, this process counts for itself: no client is rejected
    because of that.
    """

    def __init__(self, seconds: int, valkey: Valkey | None = None) -> None:
        self._seconds = seconds
        self._own: LRUCache[str, _Window] = LRUCache(CLIENTS)
        self._broke: LRUCache[str, Remaining] = LRUCache(CLIENTS)
        self._valkey = valkey
        self._script: Any = valkey.client.register_script(SPEND) if valkey else None

    async def spend(self, client: str, cost: int, limit: int) -> Remaining:
        """Take points from a client's budget of ``limit`` points in a window.

        Raises BudgetError, with nothing taken, where less is left.
        """
        window, taken = await self._take(client, cost, limit)
        left = Remaining(limit, max(limit - window.used, 0), window.ends)
        if not taken:
            if left.remaining < NOTHING:
                self._broke[client] = left
            raise BudgetError(left, cost)
        return left

    async def give_back(self, client: str, points: int, left: Remaining) -> Remaining:
        """Return points to a client's budget, of which ``left`` was said when they were taken.

        What was taken in a window that has ended is given back by its end.
        """
        if points <= 0 or time.monotonic() >= left.ends:
            return left
        window, _ = await self._take(client, -points, MUCH)
        left = replace(left, remaining=max(left.limit - window.used, 0))
        if left.remaining >= NOTHING:
            self._broke.pop(client, None)
        return left

    def check(self, client: str) -> None:
        """Raise BudgetError for a client who was refused lately and has next to nothing left.

        It costs nothing, so that a client's documents need not be looked at any more.
        """
        left = self._broke.get(client)
        if left is not None and left.ends > time.monotonic():
            raise BudgetError(left, NOTHING)

    async def _take(self, client: str, points: int, limit: int) -> tuple[_Window, bool]:
        """The window of a client, and whether the points were taken."""
        if self._valkey is None or self._valkey.away:
            return self._take_here(client, points, limit)
        asked = self._script([f"{PREFIX}:{client}"], [points, limit, self._seconds * 1000])
        try:
            used, left, taken = await self._valkey.reach(asked)
        except ValkeyAwayError:
            return self._take_here(client, points, limit)
        return _Window(int(used), time.monotonic() + int(left) / 1000), bool(taken)

    def _take_here(self, client: str, points: int, limit: int) -> tuple[_Window, bool]:
        now = time.monotonic()
        window = self._own.get(client)
        if window is None or window.ends <= now:
            window = _Window(0, now + self._seconds)
        taken = window.used + points <= limit
        if taken:
            window = replace(window, used=max(window.used + points, 0))
        self._own[client] = window
        return window, taken
