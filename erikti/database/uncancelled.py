"""Work that goes on to its end whatever becomes of the task that began it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_running: set[asyncio.Task[Any]] = set()


def started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that nobody cancels, and that ``finished`` waits for."""
    task = asyncio.get_running_loop().create_task(work)
    # The loop itself holds no task for good.
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to; it is done even if the caller is cancelled meanwhile."""
    return await asyncio.shield(started(work))


async def finished() -> None:
    """Wait until all of this work is done, and so every connection has been given back."""
    while _running:
        await asyncio.wait(list(_running))
