"""Processes that write to one database take turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from erikti.database.errors import BusyError, is_busy

T = TypeVar("T")
PAUSE = 0.5  # seconds between two tries; each waits by itself for as long as the database lets it


@dataclass(frozen=True)
class LockTimeout:
    """How many seconds to wait for another process, and what to call once where it takes a wait."""

    seconds: float = inf
    told: Callable[[], object] = lambda: None


FOREVER = LockTimeout()


async def exclusive(attempt: Callable[[], Awaitable[T]], patience: LockTimeout = FOREVER) -> T:
    """What ``attempt`` comes to, which is tried again while another process holds a lock.

    Raises BusyError where a try fails after the time of ``patience``.
    """
    end = time.monotonic() + patience.seconds
    waits = False
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_busy(error):
                raise
            if time.monotonic() >= end:
                raise BusyError("another process is writing to the database") from error
        if not waits:
            waits = True
            patience.told()
        await asyncio.sleep(PAUSE)
