"""The budget of each client in a window of time, shared by all processes that have a Valkey.

A window begins with the first points that a client spends and is timed by Valkey, or by this
process's monotonic clock. So a wrong or adjusted system clock does not lengthen it, and machines
need not agree on the time. A sliding window would need an entry for each charge; this one allows
twice the budget around its end.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from typing import NamedTuple, TypeAlias, TypeVar

from erikti.cache.valkey import Valkey, ValkeyAwayError
from erikti.errors import TooManyRequestsError
from erikti.instants import written

CLIENTS = 100_000  # whose counters are in memory: those seen last
NOTHING = 100  # points; with fewer left, documents of the client are not read
MUCH = 2**53  # a limit beyond any number of points
PREFIX = "erikti:budget"
V = TypeVar("V")


# Charges points if as many are left as are needed, or refunds negative ones. Returns the points
# used, the milliseconds until the window ends, and whether the points were charged. A window longer
# than allowed results from a clock of Valkey that was set back, and begins anew.
SPEND = """
local points, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local needed = tonumber(ARGV[4])
local left = redis.call('PTTL', KEYS[1])
if left <= 0 or left > window then
  redis.call('SET', KEYS[1], 0, 'PX', window)
  left = window
end
local used = tonumber(redis.call('GET', KEYS[1]))
if used + needed > limit then return {used, left, 0} end
if points < -used then points = -used end
return {redis.call('INCRBY', KEYS[1], points), left, 1}
"""


class Remaining(NamedTuple):
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
        return _instant(self.resets_at)


@lru_cache(maxsize=100)
def _instant(seconds: int) -> str:
    return written(datetime.fromtimestamp(seconds, UTC))


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


# The points used in the window, its end, and whether the points were charged.
Charge: TypeAlias = tuple[int, float, bool]


@dataclass(slots=True)
class _Window:
    """The points used in a window, and its end in seconds of the monotonic clock."""

    used: int
    ends: float


def _put(known: OrderedDict[str, V], client: str, value: V) -> None:
    """Remember a client last, and forget the first one if there are too many."""
    known[client] = value
    known.move_to_end(client)
    if len(known) > CLIENTS:
        known.popitem(last=False)


class Budget:
    """The budgets of all clients.

    Without a Valkey, or while it is away, this process counts for itself; no client is rejected
    because Valkey is away.
    """

    def __init__(self, seconds: int, valkey: Valkey | None = None) -> None:
        self._seconds = seconds
        # The last clients that were charged, and that were rejected with almost nothing left.
        self._own: OrderedDict[str, _Window] = OrderedDict()
        self._exhausted: OrderedDict[str, Remaining] = OrderedDict()
        self._valkey = valkey
        self._script = valkey.client.register_script(SPEND) if valkey else None

    async def spend(
        self, client: str, cost: int, limit: int, needed: int | None = None
    ) -> Remaining:
        """Charge points to a client's budget of ``limit`` points per window.

        Raise BudgetError, and charge nothing, if fewer than ``needed`` are left: by default the
        cost, otherwise what would be charged before the actual cost is known.
        """
        needed = cost if needed is None else needed
        used, ends, taken = await self._charge(client, cost, limit, needed)
        left = Remaining(limit, max(limit - used, 0), ends)
        if not taken:
            if left.remaining < NOTHING:
                _put(self._exhausted, client, left)
            raise BudgetError(left, needed)
        return left

    async def give_back(self, client: str, points: int, left: Remaining) -> Remaining:
        """Refund points to a client's budget; ``left`` is what ``spend`` returned for them.

        Charges of a window that has ended are not refunded.
        """
        if points <= 0 or time.monotonic() >= left.ends:
            return left
        used, _, _ = await self._charge(client, -points, MUCH, -points)
        left = Remaining(left.limit, max(left.limit - used, 0), left.ends)
        if self._exhausted and left.remaining >= NOTHING:
            self._exhausted.pop(client, None)
        return left

    def check(self, client: str) -> None:
        """Raise BudgetError for a client that was rejected in this window with almost nothing left.

        It needs no exchange, so the documents of such a client are rejected without being read.
        """
        left = self._exhausted.get(client) if self._exhausted else None
        if left is not None and left.ends > time.monotonic():
            raise BudgetError(left, NOTHING)

    async def _charge(self, client: str, points: int, limit: int, needed: int) -> Charge:
        """Charge points in Valkey, or in this process while it is away."""
        if self._valkey is None or self._script is None or self._valkey.away:
            return self._charge_here(client, points, limit, needed)
        given = [points, limit, self._seconds * 1000, needed]
        try:
            exchange = self._script([f"{PREFIX}:{client}"], given)
            used, left, taken = await self._valkey.reach(exchange)
        except ValkeyAwayError:
            return self._charge_here(client, points, limit, needed)
        return int(used), time.monotonic() + int(left) / 1000, bool(taken)

    def _charge_here(self, client: str, points: int, limit: int, needed: int) -> Charge:
        now, own = time.monotonic(), self._own
        window = own.get(client)
        if window is None or window.ends <= now:
            window = _Window(0, now + self._seconds)
            _put(own, client, window)
        else:
            own.move_to_end(client)
        taken = window.used + needed <= limit
        if taken:
            window.used = max(window.used + points, 0)
        return window.used, window.ends, taken
