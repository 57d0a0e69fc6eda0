"""Work that completes even if the task that started it is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from erikti.database.current import database

T = TypeVar("T")


def started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a task that is never cancelled, and that ``finished`` waits for."""
    running = database.get().uncancelled
    task = asyncio.get_running_loop().create_task(work)
    # The event loop itself holds only weak references to tasks.
    running.add(task)
    task.add_done_callback(running.discard)
    return task


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of the work, which completes even if the caller is cancelled."""
    return await asyncio.shield(started(work))


async def finished() -> None:
    """Wait until all of this work is done, and so every connection is released."""
    while running := database.get().uncancelled:
        await asyncio.wait(list(running))
