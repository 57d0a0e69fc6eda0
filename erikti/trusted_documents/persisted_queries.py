"""Documents that clients register by sending them once (Apollo's automatic persisted queries)."""

import logging
import time
from collections.abc import Coroutine
from hashlib import sha256 as hashed
from typing import Any, TypeVar

from erikti.cache.backends import Backend, Memory, Shared, in_time
from erikti.guard.personal import PERSONAL

T = TypeVar("T")
MIB = 2**20
DAY = 86_400.0  # seconds that Valkey keeps one
LONGEST = 16_384  # bytes of a text that is kept
PATIENCE = 0.1  # seconds for one exchange with Valkey
PAUSE = 5.0  # seconds between two attempts to reach a Valkey that is away
logger = logging.getLogger("erikti.documents")


class PersistedQueries:
    """Texts by their hash, in memory and, with a ``url``, in the Valkey that processes share.

    While Valkey is away each process knows its own: a client who is told that a document is
    not found sends it again. A text is taken from Valkey only if it has the hash that it is
    found by. ``most`` bounds the memory, in bytes. Belongs to one event loop.
    """

    def __init__(
        self, url: str | None = None, *, on: bool = True, most: int = 8 * MIB, pause: float = PAUSE
    ) -> None:
        self.on = on
        self._pause = pause
        self._own: Backend = Memory(most)
        self._shared: Backend | None = Shared(url, "erikti", PATIENCE) if url and on else None
        self._away_until = 0.0

    async def find(self, sha256: str) -> str | None:
        """The text with this hash, None where nobody registered it lately."""
        name = _name(sha256)
        (found,) = await self._own.read([name])
        if found is None and (shared := self._reachable()):
            (found,) = await self._reach(shared.read([name])) or (None,)
            if found is None or hashed(found).hexdigest() != sha256:
                return None
            await self._own.write(name, found, DAY)
        return found.decode() if found is not None else None

    async def keep(self, sha256: str, text: str) -> None:
        """Register a text that a client may run, unless it is long or looks personal."""
        value = text.encode()
        if not self.on or len(value) > LONGEST or PERSONAL.search(text):
            return
        name = _name(sha256)
        await self._own.write(name, value, DAY)
        if shared := self._reachable():
            await self._reach(shared.write(name, value, DAY))

    async def close(self) -> None:
        """Close all connections."""
        if self._shared is not None:
            await self._shared.close()

    def _reachable(self) -> Backend | None:
        return self._shared if time.monotonic() >= self._away_until else None

    async def _reach(self, exchange: Coroutine[Any, Any, T]) -> T | None:
        """The outcome of an exchange with Valkey, None where it is away."""
        try:
            return await in_time(exchange, PATIENCE)
        except Exception as error:  # whatever it is, no operation may fail for it
            self._away_until = time.monotonic() + self._pause
            logger.warning("Valkey away, each process knows its own: %s", type(error).__name__)
            return None


def _name(sha256: str) -> str:
    return f"document:{sha256}"
