"""Automatic persisted queries (Apollo): documents that clients register by sending them once."""

from contextlib import suppress
from hashlib import sha256 as hashed

from erikti.cache.backends import Backend, Memory, Shared
from erikti.cache.valkey import Valkey, ValkeyAwayError
from erikti.guard.personal import PERSONAL

MIB = 2**20
DAY = 86_400.0  # seconds until a document expires in Valkey
LONGEST = 16_384  # bytes of a text that can be registered


class PersistedQueries:
    """Texts by their hash, in memory and in the Valkey that processes share, if there is one.

    While Valkey is away each process has its own documents; a client sends a document again if it
    is not found. A text from Valkey is used only if its hash is right. ``most`` limits the memory,
    in bytes. Belongs to one event loop.
    """

    def __init__(
        self, valkey: Valkey | None = None, *, on: bool = True, most: int = 8 * MIB
    ) -> None:
        self.on = on
        self._own: Backend = Memory(most)
        self._valkey = valkey if on else None
        self._shared: Backend | None = Shared(valkey, "erikti") if valkey and on else None

    async def find(self, sha256: str) -> str | None:
        """Return the text with this hash; None if it is not registered."""
        name = _name(sha256)
        (found,) = await self._own.read([name])
        if found is None:
            found = await self._find_shared(name)
            if found is None or hashed(found).hexdigest() != sha256:
                return None
            await self._own.write(name, found, DAY)
        return found.decode()

    async def _find_shared(self, name: str) -> bytes | None:
        if self._valkey is None or self._shared is None:
            return None
        try:
            (found,) = await self._valkey.reach(self._shared.read([name]))
        except ValkeyAwayError:
            return None
        return found

    async def keep(self, sha256: str, text: str) -> None:
        """Register a text, unless it is too long or appears to contain personal data."""
        value = text.encode()
        if not self.on or len(value) > LONGEST or PERSONAL.search(text):
            return
        name = _name(sha256)
        await self._own.write(name, value, DAY)
        if self._valkey is not None and self._shared is not None:
            with suppress(ValkeyAwayError):
                await self._valkey.reach(self._shared.write(name, value, DAY))


def _name(sha256: str) -> str:
    return f"document:{sha256}"
