"""Where entries are kept: the library's caches, one made bounded and one made to fail early."""

import asyncio
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Collection, Coroutine, Sequence
from typing import Any, TypeVar

from aiocache import SimpleMemoryCache
from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool
from redis.maint_notifications import MaintNotificationsConfig

T = TypeVar("T")
CONNECTIONS = 10  # to Valkey, of one process
OVERHEAD = 256  # what an entry in memory takes besides its key and value, in bytes
TOKEN = 16
SHORTEST = 0.001  # seconds; the library counts in milliseconds, and knows no time to live of 0
SCHEMES = {"valkey": "redis", "valkeys": "rediss"}  # the client knows them by their old names


async def in_time(exchange: Coroutine[Any, Any, T], seconds: float | None) -> T:
    """The outcome of an exchange, or TimeoutError; it is given up, not waited for to end.

    Cancelling the exchange is no bound: it may be swallowed (``asyncio.wait_for`` of Python
    3.11 does) or take its time.
    """
    if seconds is None:
        return await exchange
    task = asyncio.create_task(exchange)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.add_done_callback(lambda late: late.cancelled() or late.exception())
            task.cancel()


class Backend:
    """Bytes by name, in one of the library's caches."""

    server = b""  # which run of which server holds them
    ahead = 0.0  # seconds that its clock is ahead of this process's monotonic one

    def __init__(self, cache: Any) -> None:
        self._cache = cache

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

    async def forget_connections(self) -> None:
        """Close connections that may still hold half an answer."""

    async def close(self) -> None:
        """Close all connections."""


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
    """A Valkey or Redis server, by its URL; ``patience`` bounds each attempt to connect."""

    def __init__(self, url: str, namespace: str, patience: float) -> None:
        scheme, _, rest = url.partition("://")
        self._pool = BlockingConnectionPool.from_url(
            f"{SCHEMES.get(scheme, scheme)}://{rest}",
            max_connections=CONNECTIONS,
            timeout=patience,
            socket_connect_timeout=patience,
            socket_timeout=None,  # see in_time
            redis_connect_func=self._greet,
            driver_info=None,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        cache = RedisCache(
            serializer=NullSerializer(encoding=None),
            namespace=namespace,
            timeout=None,  # whoever calls sets one, for all that they do
            connection_pool_class=lambda **_: self._pool,
        )
        super().__init__(cache)

    async def read(self, names: Sequence[str]) -> list[bytes | None]:
        """The values of these names, and what its clock says, in one round trip."""
        async with self._cache.client.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.mget([self._cache.build_key(name) for name in names])
            (seconds, micros), values = await pipe.execute()
        self.ahead = seconds + micros / 1e6 - time.monotonic()
        return _checked(values, names)

    async def forget_connections(self) -> None:
        """Close idle connections."""
        await self._pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _greet(self, connection: AbstractConnection) -> None:
        """Learn which run of which server a new connection leads to.

        A server that restarted, or took over from another, may have lost drops. What was
        sealed before must not be opened under its id.
        """
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        found = re.search(r"run_id:(\w+)", str(await connection.read_response()))
        if found is None:
            raise ValueError("this is no Valkey")
        self.server = found[1].encode()
