"""Where entries are kept: the library's caches, one of them bounded."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

from aiocache import SimpleMemoryCache
from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer

from erikti.cache.valkey import Valkey

OVERHEAD = 256  # what an entry in memory takes besides its key and value, in bytes
TOKEN = 16
SHORTEST = 0.001  # seconds; the library counts in milliseconds, and knows no time to live of 0


class Backend:
    """Bytes by name, in one of the library's caches."""

    ahead = 0.0  # seconds that its clock is ahead of this process's monotonic one

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    @property
    def server(self) -> bytes:
        """The run id of the server that holds them, empty for the memory of this process."""
        return b""

    async def read(self, names: Sequence[str]) -> list[bytes | None]:
        """The values of these names, None where there is none; in one round trip."""
        return _checked(await self._cache.multi_get(names), names)

    async def write(self, name: str, value: bytes, seconds: float) -> None:
        """Keep a value for so long."""
        await self._cache.set(name, value, ttl=max(seconds, SHORTEST))

    async def renew(self, names: Collection[str]) -> None:
        """Give each name a new random token, all of them at once."""
        await self._cache.multi_set([(n, secrets.token_bytes(TOKEN)) for n in names], ttl=None)

    async def begin(self, name: str) -> None:
        """Give a name a random token, unless it has a value."""
        try:
            await self._cache.add(name, secrets.token_bytes(TOKEN), ttl=None)
        except ValueError:
            return  # somebody else was faster


def _checked(values: Sequence[Any], names: Sequence[str]) -> list[bytes | None]:
    if len(values) != len(names) or not all(isinstance(v, bytes | None) for v in values):
        raise ValueError("this is not what was asked for")
    return list(values)


class _Bounded(SimpleMemoryCache):  # type: ignore[misc]
    """A memory cache within bounds: what was used longest ago gives way.

    Entries have no time to live, for each would cost a timer: they tell their age themselves.
    """

    def __init__(self, most: int) -> None:
        super().__init__(timeout=None)
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._most = most
        self._size = 0

    async def _multi_get(self, keys: Sequence[str], *arguments: Any, **options: Any) -> Any:
        for key in keys:
            if key in self._cache:
                self._cache.move_to_end(key)
        return await super()._multi_get(keys, *arguments, **options)

    async def _set(self, key: str, value: bytes, *arguments: Any, **options: Any) -> Any:
        self._evict(key)
        await super()._set(key, value)
        self._size += _cost(key, value)
        while self._size > self._most:
            self._evict(next(iter(self._cache)))
        return True

    def _evict(self, key: str) -> None:
        if (value := self._cache.pop(key, None)) is not None:
            self._size -= _cost(key, value)


def _cost(key: str, value: bytes) -> int:
    return len(key) + len(value) + OVERHEAD


class Memory(Backend):
    """This process's memory, at most so many bytes of it."""

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
