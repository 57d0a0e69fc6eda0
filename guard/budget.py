"""What each client may spend in a window of time, shared by all processes where there is Valkey.

The window is fixed: one counter for each client, taken up by one atomic command. A moving
window would keep an entry for each of the points, and a sliding one two counters and no moment
at which all is given back. What it allows is twice the budget around the turn of a window.
"""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any, TypeVar

from limits.aio.storage import RedisStorage
from redis.asyncio.connection import BlockingConnectionPool
from redis.maint_notifications import MaintNotificationsConfig

from cache.backends import SCHEMES, in_time

PATIENCE = 0.1  # seconds for one exchange with Valkey
PAUSE = 5.0  # seconds between two attempts to reach a Valkey that is away
CONNECTIONS = 10
CLIENTS = 100_000  # whose counters are kept in memory, those last seen
NOTHING = 100  # points that are not worth looking at a document for
PREFIX = "erikti:budget"
T = TypeVar("T")
logger = logging.getLogger("erikti.budget")


@dataclass(frozen=True)
class Remaining:
    """What a client has left: points, of how many, and when all is given back (since 1970)."""

    limit: int
    remaining: int
    resets_at: float

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
            f"again in {self.retry_after} s"
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
        return max(1, ceil(self.left.resets_at - time.time()))


class Budget:
    """The budgets of all clients.

    ``url`` is that of a Valkey: redis://, rediss://, valkey://, valkeys:// or unix://. Without
    one, or while it is away, this process counts for itself: nobody is refused because of that.
    """

    def __init__(self, seconds: int, url: str | None = None) -> None:
        self._seconds = seconds
        self._own: OrderedDict[str, int] = OrderedDict()
        self._window: int | None = None  # of which ``_own`` are the counters
        self._broke: OrderedDict[str, Remaining] = OrderedDict()
        self._pool = _pool(url) if url else None
        self._shared = _shared(self._pool) if url else None
        self._away_until = 0.0

    async def spend(self, client: str, cost: int, limit: int) -> Remaining:
        """Take points from a client's budget of ``limit`` points in a window.

        Raises BudgetError, with nothing taken, where less is left.
        """
        window = int(time.time() // self._seconds)
        ends = float((window + 1) * self._seconds)
        used = await self._add(client, window, cost)
        if used > limit:
            await self._add(client, window, -cost)
            left = Remaining(limit, max(limit - used + cost, 0), ends)
            if left.remaining < NOTHING:
                _keep(self._broke, client, left)
            raise BudgetError(left, cost)
        return Remaining(limit, limit - used, ends)

    async def give_back(self, client: str, points: int, left: Remaining) -> Remaining:
        """Return points to a client's budget, of which ``left`` was said when they were taken.

        What was taken in a window that has ended is given back by its end.
        """
        window = round(left.resets_at / self._seconds) - 1
        if points <= 0 or time.time() >= left.resets_at:
            return left
        used = await self._add(client, window, -points)
        left = replace(left, remaining=max(left.limit - max(used, 0), 0))
        if left.remaining >= NOTHING:
            self._broke.pop(client, None)
        return left

    def check(self, client: str) -> None:
        """Raise BudgetError for a client who was refused lately and has next to nothing left.

        It costs nothing, so that a client's documents need not be looked at any more.
        """
        left = self._broke.get(client)
        if left is not None and left.resets_at > time.time():
            raise BudgetError(left, NOTHING)

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _add(self, client: str, window: int, points: int) -> int:
        """Add points to a counter; what it says then."""
        if self._shared is None or self._pool is None or time.monotonic() < self._away_until:
            return self._add_here(client, window, points)
        try:
            # One command, which makes the counter and its end at once.
            key = f"{window}:{client}"
            found = await in_time(self._shared.incr(key, 2 * self._seconds, points), PATIENCE)
        except Exception as error:
            self._away_until = time.monotonic() + PAUSE
            logger.warning("Valkey away, each process counts for itself: %s", type(error).__name__)
            await self._pool.disconnect(inuse_connections=False)
            return self._add_here(client, window, points)
        return int(found)

    def _add_here(self, client: str, window: int, points: int) -> int:
        if window != self._window:
            self._own.clear()
            self._window = window
        used = self._own.get(client, 0) + points
        _keep(self._own, client, max(used, 0))
        return used


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


def _shared(pool: Any) -> RedisStorage:
    # Where the server is, the pool knows.
    return RedisStorage(
        "async+redis://", implementation="redispy", key_prefix=PREFIX, connection_pool=pool
    )
