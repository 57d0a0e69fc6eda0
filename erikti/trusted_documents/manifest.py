"""What the manifest in the database says, kept for a few seconds."""

import asyncio
import time
from math import inf
from typing import TypeAlias

from cachetools import LRUCache

from models.trusted_documents import Published, published

SECONDS = 5.0  # until every process knows what was published or revoked
MOST = 4_000_000  # characters that are kept
OVERHEAD = 200  # what an entry takes besides its text
# When the database was asked (seconds of the monotonic clock), and what it returned.
Lookup: TypeAlias = tuple[float, Published | None]
NEVER: Lookup = (-inf, None)


class Manifest:
    """Looks documents up by the hash of their text; answers are at most ``seconds`` old.

    ``most`` bounds the characters kept; what was asked for longest ago gives way. Belongs to
    one event loop.
    """

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._kept: LRUCache[str, Lookup] = LRUCache(most, _cost)
        self._asking: dict[str, asyncio.Task[Published | None]] = {}

    async def find(self, sha256: str) -> Published | None:
        """The document with this hash; raises what the database does where it is away."""
        asked_at, found = self._kept.get(sha256, NEVER)
        if asked_at + self._seconds > time.monotonic():
            return found
        task = self._asking.get(sha256)
        if task is None:
            task = self._asking[sha256] = asyncio.create_task(self._ask(sha256))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Whoever leaves takes it from nobody else.
        return await asyncio.shield(task)

    async def _ask(self, sha256: str) -> Published | None:
        asked_at = time.monotonic()
        try:
            found = await published(sha256)
        finally:
            del self._asking[sha256]
        if _cost((asked_at, found)) <= self._kept.maxsize:
            self._kept[sha256] = asked_at, found
        return found


def _cost(lookup: Lookup) -> int:
    _, found = lookup
    return OVERHEAD + (len(found.text) if found else 0)
