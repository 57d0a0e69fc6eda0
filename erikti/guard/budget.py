"""The budget of each client in a window of time, shared by all processes that have a Valkey.

A window begins with the first points that a client spends and is timed by Valkey, or by this
process's monotonic clock. So a wrong or adjusted system clock does not lengthen it, and machines
need not agree on the time. A sliding window would need an entry for each charge; this one allows
twice the budget around its end.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

from cachetools import LRUCache

from erikti.cache.valkey import Valkey, ValkeyAwayError
from erikti.errors import TooManyRequestsError
from erikti.instants import written

CLIENTS = 100_000  # whose counters are in memory: those seen last
NOTHING = 100  # points; with fewer left, documents of the client are not read
MUCH = 2**53  # a limit beyond any number of points
PREFIX = "erikti:budget"


# Charges points if enough are left, or refunds negative ones. Returns the points used, the
# milliseconds until the window ends, and whether the points were charged. A window longer than
# allowed results from a clock of Valkey that was set back, and begins anew.
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
    """The points that a client has left, its limit, and the end of the window.

    ``ends`` is in seconds of this process's monotonic clock.
    """

    limit: int
    remaining: int
    ends: float

    @property
    def seconds(self) -> int:
        """Whole seconds until the window ends, at least one."""
        return max(1, ceil(self.ends - time.monotonic()))

    @property
    def resets_at(self) -> int:
        """The end of the window in seconds since 1970, by the system clock."""
        return ceil(time.time() + self.ends - time.monotonic())

    @property
    def instant(self) -> str:
        """The end of the window, as responses have it."""
        return written(datetime.fromtimestamp(self.resets_at, UTC))


class BudgetError(TooManyRequestsError):
    """A client would spend more than is left; ``retryAfter`` seconds until the next window."""

    def __init__(self, left: Remaining, requested: int) -> None:
        self._left = left
        super().__init__(
            f"budget: {requested} points requested, {left.remaining} of {left.limit} are left; "
            f"retry in {left.seconds} s",
            limit="budget",
            asked=requested,
            allowed=left.remaining,
            resetsAt=left.instant,
            retryAfter=left.seconds,
        )

    @property
    def retry_after(self) -> int:
        """Seconds until the next window, at least one."""
        return self._left.seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """When to retry (RFC 9110, 10.2.3)."""
        return {"retry-after": str(self.retry_after)}


@dataclass(frozen=True)
class _Window:
    """The points used in a window, and its end in seconds of the monotonic clock."""

    used: int
    ends: float


class Budget:
    """The budgets of all clients.

    Without a Valkey, or while it is away, this process counts for itself; no client is rejected
    because Valkey is away.
    """

    def __init__(self, seconds: int, valkey: Valkey | None = None) -> None:
        self._seconds = seconds
        self._own: LRUCache[str, _Window] = LRUCache(CLIENTS)
        self._exhausted: LRUCache[str, Remaining] = LRUCache(CLIENTS)
        self._valkey = valkey
        self._script: Any = valkey.client.register_script(SPEND) if valkey else None

    async def spend(self, client: str, cost: int, limit: int) -> Remaining:
        """Charge points to a client's budget of ``limit`` points per window.

        Raise BudgetError, and charge nothing, if fewer are left.
        """
        window, taken = await self._charge(client, cost, limit)
        left = Remaining(limit, max(limit - window.used, 0), window.ends)
        if not taken:
            if left.remaining < NOTHING:
                self._exhausted[client] = left
            raise BudgetError(left, cost)
        return left

    async def give_back(self, client: str, points: int, left: Remaining) -> Remaining:
        """Refund points to a client's budget; ``left`` is what ``spend`` returned for them.

        Charges of a window that has ended are not refunded.
        """
        if points <= 0 or time.monotonic() >= left.ends:
            return left
        window, _ = await self._charge(client, -points, MUCH)
        left = replace(left, remaining=max(left.limit - window.used, 0))
        if left.remaining >= NOTHING:
            self._exhausted.pop(client, None)
        return left

    def check(self, client: str) -> None:
        """Raise BudgetError for a client that was rejected in this window with almost nothing left.

        It needs no exchange, so the documents of such a client are rejected without being read.
        """
        left = self._exhausted.get(client)
        if left is not None and left.ends > time.monotonic():
            raise BudgetError(left, NOTHING)

    async def _charge(self, client: str, points: int, limit: int) -> tuple[_Window, bool]:
        """Return the window of a client, and whether the points were charged."""
        if self._valkey is None or self._valkey.away:
            return self._charge_here(client, points, limit)
        exchange = self._script([f"{PREFIX}:{client}"], [points, limit, self._seconds * 1000])
        try:
            used, left, taken = await self._valkey.reach(exchange)
        except ValkeyAwayError:
            return self._charge_here(client, points, limit)
        return _Window(int(used), time.monotonic() + int(left) / 1000), bool(taken)

    def _charge_here(self, client: str, points: int, limit: int) -> tuple[_Window, bool]:
        now = time.monotonic()
        window = self._own.get(client)
        if window is None or window.ends <= now:
            window = _Window(0, now + self._seconds)
        taken = window.used + points <= limit
        if taken:
            window = replace(window, used=max(window.used + points, 0))
        self._own[client] = window
        return window, taken
