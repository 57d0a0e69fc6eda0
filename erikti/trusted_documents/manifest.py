"""What the manifest in the database says, kept for a few seconds."""

import asyncio
import time
from collections import OrderedDict

from models.trusted_documents import Published, published

SECONDS = 5.0  # until every process knows what was published or revoked
MOST = 4_000_000  # characters that are kept
OVERHEAD = 200  # what an entry takes besides its text


class Manifest:
    """Looks documents up by the hash of their text; answers are at most ``seconds`` old.

    ``most`` bounds the characters kept; what was asked for longest ago gives way. Belongs to
    one event loop.
    """

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._size = 0
        self._kept: OrderedDict[str, tuple[float, Published | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Published | None]] = {}

    async def find(self, sha256: str) -> Published | None:
        """The document with this hash; raises what the database does where it is away."""
        asked_at, found = self._kept.get(sha256, (0.0, None))
        if asked_at + self._seconds > time.monotonic():
            self._kept.move_to_end(sha256)
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
        self._forget(sha256)
        self._kept[sha256] = asked_at, found
        self._size += _cost(found)
        while self._size > self._most:
            self._forget(next(iter(self._kept)))
        return found

    def _forget(self, sha256: str) -> None:
        if sha256 in self._kept:
            self._size -= _cost(self._kept.pop(sha256)[1])


def _cost(found: Published | None) -> int:
    return OVERHEAD + (len(found.text) if found else 0)
