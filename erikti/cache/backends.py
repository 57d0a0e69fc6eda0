"""Storage of entries: aiocache's classes, the one in memory with a size limit."""

import secrets
import time
from collections.abc import Collection, Sequence

from aiocache import SimpleMemoryCache
from aiocache.backends.redis import RedisCache
from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer
from cachetools import LRUCache

from erikti.cache.valkey import Valkey

OVERHEAD = 330  # bytes that an entry in memory takes besides its value, its key among them
TOKEN = 16
SHORTEST = 0.001  # seconds; the library counts in milliseconds, and rejects a time to live of 0


class Backend:
    """Bytes by name, in an aiocache cache."""

    ahead = 0.0  # seconds that its clock is ahead of this process's monotonic one

    def __init__(self, cache: BaseCache) -> None:
        self._cache = cache

    @property
    def server(self) -> bytes:
        """The run id of the server; empty for the memory of this process."""
        return b""

    async def read(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the values of these names, None for those without, in one round trip."""
        return _checked(await self._cache.multi_get(names), names)

    async def write(self, name: str, value: bytes, seconds: float) -> None:
        """Store a value for a number of seconds."""
        await self._cache.set(name, value, ttl=max(seconds, SHORTEST))

    async def renew(self, names: Collection[str]) -> None:
        """Set each name to a new random token, all in one step."""
        await self._cache.multi_set([(n, secrets.token_bytes(TOKEN)) for n in names], ttl=None)

    async def begin(self, name: str) -> None:
        """Set a name to a random token unless it has a value."""
        try:
            await self._cache.add(name, secrets.token_bytes(TOKEN), ttl=None)
        except ValueError:
            return  # another process has set it


def _checked(values: Sequence[bytes | None], names: Sequence[str]) -> list[bytes | None]:
    if len(values) != len(names) or not all(isinstance(v, bytes | None) for v in values):
        raise ValueError("The values do not match the names.")
    return list(values)


def _cost(value: bytes) -> int:
    return len(value) + OVERHEAD


class _Bounded(SimpleMemoryCache):  # type: ignore[misc]
    """A memory cache that evicts the least recently used entries.

    Entries have no time to live, which would take a timer each: the time is in their header.
    """

    def __init__(self, most: int) -> None:
        super().__init__(timeout=None)
        self._cache: LRUCache[str, bytes] = LRUCache(most, _cost)

    async def _set(self, key: str, value: bytes, *arguments: object, **options: object) -> bool:
        if _cost(value) <= self._cache.maxsize:
            self._cache[key] = value
        return True


class Memory(Backend):
    """The memory of this process, limited to ``most`` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(_Bounded(most))


class Shared(Backend):
    """The memory of a Valkey; the caller limits the time of each exchange (``Valkey.reach``)."""

    def __init__(self, valkey: Valkey, namespace: str) -> None:
        self._valkey = valkey
        cache = RedisCache(
            serializer=NullSerializer(encoding=None),
            namespace=namespace,
            timeout=None,
            connection_pool_class=lambda **_: valkey.pool,
        )
        super().__init__(cache)

    @property
    def server(self) -> bytes:
        """The run id of the server."""
        return self._valkey.server

    async def read(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the values of these names, and set ``ahead``, in one round trip."""
        async with self._cache.client.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.mget([self._cache.build_key(name) for name in names])
            (seconds, micros), values = await pipe.execute()
        self.ahead = seconds + micros / 1e6 - time.monotonic()
        return _checked(values, names)
