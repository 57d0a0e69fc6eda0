"""Waiting for other processes and tasks, for as long as a busy machine needs."""

import asyncio
import time
from collections.abc import Callable

import httpx

PATIENCE = 120.0  # seconds


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds; a refused connection or partial response does not count."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if holds():
                return
        except (httpx.TransportError, OSError, ValueError):
            pass
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)


async def until(holds: Callable[[], bool]) -> None:
    """The same without holding the event loop; errors of the condition are raised."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - the condition has no event to wait for
            await asyncio.sleep(0.01)
