"""What each client may spend in a window of time, shared by all processes where there is Valkey.

A window begins with the first points that a client spends, and is counted down from then on: by
Valkey, or by this process's monotonic clock. So no clock that is wrong, or put right, lengthens
it, and machines need not agree on the time. A moving window would keep an entry for each of the
points; what this one allows is twice the budget around its end.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.connection import BlockingConnectionPool
from redis.maint_notifications import MaintNotificationsConfig

from erikti.cache.backends import SCHEMES, in_time
from erikti.errors import TooManyRequestsError

PATIENCE = 0.1  # seconds for one exchange with Valkey
PAUSE = 5.0  # seconds between two attempts to reach a Valkey that is away
CONNECTIONS = 10
CLIENTS = 100_000  # whose counters are kept in memory, those last seen
NOTHING = 100  # points that are not worth looking at a document for
MUCH = 2**53  # a limit beyond any number of points
PREFIX = "erikti:budget"
T = TypeVar("T")
logger = logging.getLogger("erikti.budget")


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
    """The points that were used in a window, and when it ends (monotonic clock)."""

    used: int
    ends: float


class Budget:
    """The budgets of all clients.

    ``url`` is that of a Valkey: redis://, rediss://, valkey://, valkeys:// or unix://. Without
    one, or while it is away, this process counts for itself: nobody is refused because of that.
    """

    def __init__(self, seconds: int, url: str | None = None) -> None:
        self._seconds = seconds
        self._own: OrderedDict[str, _Window] = OrderedDict()
        self._broke: OrderedDict[str, Remaining] = OrderedDict()
        self._pool = _pool(url) if url else None
        self._script = Redis(connection_pool=self._pool).register_script(SPEND) if url else None
        self._away_until = 0.0

    async def spend(self, client: str, cost: int, limit: int) -> Remaining:
        """Take points from a client's budget of ``limit`` points in a window.

        Raises BudgetError, with nothing taken, where less is left.
        """
        window, taken = await self._take(client, cost, limit)
        left = Remaining(limit, max(limit - window.used, 0), window.ends)
        if not taken:
            if left.remaining < NOTHING:
                _keep(self._broke, client, left)
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

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _take(self, client: str, points: int, limit: int) -> tuple[_Window, bool]:
        """The window of a client, and whether the points were taken."""
        if self._pool is None or self._script is None or time.monotonic() < self._away_until:
            return self._take_here(client, points, limit)
        asked = self._script([f"{PREFIX}:{client}"], [points, limit, self._seconds * 1000])
        try:
            used, left, taken = await in_time(asked, PATIENCE)
        except Exception as error:
            self._away_until = time.monotonic() + PAUSE
            logger.warning("Valkey away, each process counts for itself: %s", type(error).__name__)
            await self._pool.disconnect(inuse_connections=False)
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
        _keep(self._own, client, window)
        return window, taken


def _keep(values: OrderedDict[str, T], client: str, value: T) -> None:
    """Note a value of a client; where there are too many, those not seen for longest give way."""
    values[client] = value
    values.move_to_end(client)
    if len(values) > CLIENTS:
        values.popitem(last=False)


def _pool(url: str) -> Any:
    scheme, _, rest = url.partition("://")
    return BlockingConnectionPool.from_url(
        f"{SCHEMES.get(scheme, scheme)}://{rest}",
        max_connections=CONNECTIONS,
        timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        socket_timeout=None,  # see in_time
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
