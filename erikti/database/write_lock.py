"""Retries while another process writes to the database."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from erikti.database.errors import BusyError, is_busy

T = TypeVar("T")
PAUSE = 0.5  # seconds between two attempts, each of which waits for the lock timeout itself


@dataclass(frozen=True)
class LockTimeout:
    """Seconds to wait for another process, and a function that is called once if it has to wait."""

    seconds: float = inf
    on_wait: Callable[[], object] = lambda: None


FOREVER = LockTimeout()


async def exclusive(attempt: Callable[[], Awaitable[T]], lock_timeout: LockTimeout = FOREVER) -> T:
    """Return the result of ``attempt``, retried while another process holds a lock.

    Raises BusyError if an attempt fails after the timeout.
    """
    end = time.monotonic() + lock_timeout.seconds
    waited = False
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_busy(error):
                raise
            if time.monotonic() >= end:
                raise BusyError("another process is writing to the database") from error
        if not waited:
            waited = True
            lock_timeout.on_wait()
        await asyncio.sleep(PAUSE)
