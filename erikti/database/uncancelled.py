"""Work that goes on to its end whatever becomes of the task that began it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from erikti.database.current import database

T = TypeVar("T")


def started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that nobody cancels, and that ``finished`` waits for."""
    running = database.get().uncancelled
    task = asyncio.get_running_loop().create_task(work)
    # The loop itself holds no task for good.
    running.add(task)
    task.add_done_callback(running.discard)
    return task


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to; it is done even if the caller is cancelled meanwhile."""
    return await asyncio.shield(started(work))


async def finished() -> None:
    """Wait until all of this work is done, and so every connection has been given back."""
    while running := database.get().uncancelled:
        await asyncio.wait(list(running))
