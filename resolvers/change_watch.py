"""Change sets of any process, seen once a second: what invalidates what servers hold."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from erikti.cache import EVERYTHING, ResponseCache
from erikti.guard.limits import Limits
from erikti.telemetry.tracebacks import trace
from models.changes import Head, changed_after, read_head
from models.merged_people import read_merged
from models.people import Person

FIRST_LOOK = 1.0  # seconds that the start of a server may wait for the database
logger = logging.getLogger("erikti.changes")


class ChangeWatch:
    """Looks for change sets, and invalidates the responses with records that they changed.

    It looks every ``watch_seconds``, and whenever ``state`` is called. It also learns which records
    of people were merged. Belongs to one event loop.
    """

    def __init__(self, cache: ResponseCache | None, limits: Limits) -> None:
        self._cache = cache
        self._limits = limits
        self._seen: Head | None = None
        self._changes: Counter[str] = Counter()
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._failing = False

    async def state(self, models: Collection[str]) -> object:
        """Return a value that changes when records of one of these models do, in any process."""
        await self.look()
        return sum(self._changes[name] for name in (EVERYTHING, *models))

    async def look(self) -> None:
        """Look for change sets, unless that was done just now; raises the database's error."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            if loop.time() - self._looked_at < self._limits.watch_seconds / 2:
                return
            async with asyncio.timeout(self._limits.query_seconds):
                head = await read_head()
                if head != self._seen:
                    await self._follow(head)
            self._looked_at = loop.time()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look as long as the block runs, from its beginning on."""
        with suppress(Exception):  # reported by the next look, if there is need of one
            async with asyncio.timeout(FIRST_LOOK):
                await self.look()
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._limits.watch_seconds)
            try:
                await self.look()
            except Exception as error:
                if not self._failing:
                    logger.warning("changes cannot be followed: %s", trace(error))
                self._failing = True
            else:
                self._failing = False

    async def _follow(self, head: Head) -> None:
        """Invalidate what changed up to a position; everything if that is not known."""
        seen = self._seen if self._seen and self._seen.lineage == head.lineage else None
        reached = None if self._cache is None else await self._cache.reached(head.lineage)
        base = reached if seen is None else seen.position
        if base is None or base > head.position:
            changed = frozenset({EVERYTHING})
        else:
            changed = await changed_after(base)
        people = not changed.isdisjoint({EVERYTHING, Person.__name__})
        merged = await read_merged() if people or seen is None else False
        if self._cache is not None and (merged or reached is None or reached != head.position):
            # Another process may have dropped them while this one did not know of a merge yet.
            tags = {*changed, Person.__name__} if merged else changed
            await self._cache.drop(tags, (head.lineage, head.position))
        self._changes.update(changed)
        self._seen = head
