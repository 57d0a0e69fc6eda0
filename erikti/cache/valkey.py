"""The Valkey that all processes share: one connection pool and one circuit breaker per process."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Coroutine
from typing import TypeAlias, TypeVar

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool
from redis.maint_notifications import MaintNotificationsConfig

T = TypeVar("T")
Work: TypeAlias = Coroutine[object, object, None]
# An exchange holds a connection for one round trip. The event loop runs exchanges one at a time,
# so more connections would not make more of them in a second, but cost Valkey memory.
CONNECTIONS = 10
TIMEOUT = 0.1  # seconds for one exchange
PAUSE = 5.0  # seconds between two attempts to reach a Valkey that is away
LATE = 1.5  # an exchange that takes this many times its timeout was delayed by this process itself
SCHEMES = {"valkey": "redis", "valkeys": "rediss"}  # the client library has the old names only
logger = logging.getLogger("erikti.cache")


class ValkeyAwayError(Exception):
    """Valkey cannot be used; the cause is the error of the exchange, if one was attempted."""


async def in_time(exchange: Coroutine[object, object, T], seconds: float) -> T:
    """Return the result of an exchange; raise TimeoutError without waiting for its cancellation.

    Cancelling is no bound: it may be suppressed (``asyncio.wait_for`` of Python 3.11 does) or
    take its time.
    """
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


class Valkey:
    """A client of a Valkey or Redis server, shared by everything in a process that uses it.

    ``url`` is redis://, rediss://, valkey://, valkeys:// or unix://. ``timeout`` limits each
    exchange. After a failure no exchange is attempted until Valkey can be used again, which is
    tried every ``pause``. Both are in seconds. Belongs to one event loop.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT, pause: float = PAUSE) -> None:
        scheme, _, rest = url.partition("://")
        self.timeout = timeout
        self.pause = pause
        self.outages = 0
        self.server = b""  # the run id of the server
        self.pool = BlockingConnectionPool.from_url(
            f"{SCHEMES.get(scheme, scheme)}://{rest}",
            max_connections=CONNECTIONS,
            timeout=timeout,
            socket_connect_timeout=timeout,
            socket_timeout=None,  # see in_time
            redis_connect_func=self._greet,
            driver_info=None,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        self.client: Redis = Redis(connection_pool=self.pool)
        self._unfinished: list[Callable[[], Work | None]] = []
        self._recovery: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """Whether Valkey cannot be used at present."""
        return self._recovery is not None

    def before_use(self, unfinished: Callable[[], Work | None]) -> None:
        """Register work that has to be done before Valkey is used again after an outage.

        ``unfinished`` is called until it returns None; each result is run as an exchange.
        """
        self._unfinished.append(unfinished)

    async def reach(self, exchange: Coroutine[object, object, T]) -> T:
        """Return the result of an exchange; raise ValkeyAwayError if it fails or is too slow."""
        if self.away:
            exchange.close()
            raise ValkeyAwayError
        began = time.monotonic()
        try:
            return await self.attempt(exchange)
        except Exception as error:  # no request may fail because of it
            if time.monotonic() - began <= LATE * self.timeout:
                self.lose(error)
            raise ValkeyAwayError from error

    async def attempt(self, exchange: Coroutine[object, object, T]) -> T:
        """Return the result of an exchange, even in an outage; raise its error or TimeoutError."""
        return await in_time(exchange, self.timeout)

    def lose(self, error: BaseException) -> None:
        """Stop using Valkey until it can be reached again."""
        if not self.away:
            self.outages += 1
            # The message of an error may contain a key or a password.
            reason = type(error).__name__
            logger.warning("Valkey cannot be used (%s): this process works without it", reason)
            self._recovery = asyncio.create_task(self._recover())

    async def close(self) -> None:
        """Close all connections."""
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        await self.pool.aclose()

    async def _recover(self) -> None:
        while True:
            await asyncio.sleep(self.pause)
            try:
                # Idle connections may lead to a server that has ended.
                await self.attempt(self.pool.disconnect(inuse_connections=False))
                await self.attempt(self._probe())
                while (work := self._next()) is not None:
                    await self.attempt(work)
            except Exception:
                continue
            self._recovery = None
            logger.info("Valkey can be used again")
            return

    async def _probe(self) -> None:
        await self.client.time()

    def _next(self) -> Work | None:
        found = (unfinished() for unfinished in self._unfinished)
        return next((work for work in found if work is not None), None)

    async def _greet(self, connection: AbstractConnection) -> None:
        """Set ``server`` to the run id of the server that a new connection leads to.

        A server that restarted, or took over from another, may have lost invalidations. Entries
        that were sealed before must not be opened under its id.
        """
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        found = re.search(r"run_id:(\w+)", str(await connection.read_response()))
        if found is None:
            raise ValueError("The server is not Valkey or Redis: INFO has no run_id.")
        self.server = found[1].encode()
