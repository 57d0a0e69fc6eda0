"""The manifest in the database, cached for a few seconds."""

import asyncio
import time
from math import inf
from typing import TypeAlias

from cachetools import LRUCache

from models.trusted_documents import Published, published

SECONDS = 5.0  # until every process sees what was published or revoked
MOST = 4_000_000  # cached characters
OVERHEAD = 200  # what an entry takes besides its text
# When the database was read (seconds of the monotonic clock), and what it returned.
Lookup: TypeAlias = tuple[float, Published | None]
NEVER: Lookup = (-inf, None)


class Manifest:
    """Looks up documents by hash; results are at most ``seconds`` old.

    ``most`` limits the cached characters; the least recently used documents are evicted. Belongs
    to one event loop.
    """

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._kept: LRUCache[str, Lookup] = LRUCache(most, _cost)
        self._lookups: dict[str, asyncio.Task[Published | None]] = {}

    async def find(self, sha256: str) -> Published | None:
        """Return the document with this hash; raise an error of the database if it is away."""
        asked_at, found = self._kept.get(sha256, NEVER)
        if asked_at + self._seconds > time.monotonic():
            return found
        task = self._lookups.get(sha256)
        if task is None:
            task = self._lookups[sha256] = asyncio.create_task(self._look_up(sha256))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        # A caller that disconnects does not cancel it for others.
        return await asyncio.shield(task)

    async def _look_up(self, sha256: str) -> Published | None:
        asked_at = time.monotonic()
        try:
            found = await published(sha256)
        finally:
            del self._lookups[sha256]
        if _cost((asked_at, found)) <= self._kept.maxsize:
            self._kept[sha256] = asked_at, found
        return found


def _cost(lookup: Lookup) -> int:
    _, found = lookup
    return OVERHEAD + (len(found.text) if found else 0)
