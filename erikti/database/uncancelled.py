"""Work that completes even if the task that started it is cancelled."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TypeVar

from erikti.database.current import database
from erikti.database.errors import is_away, is_too_slow

T = TypeVar("T")
logger = logging.getLogger("erikti.errors")


def started(work: Coroutine[None, None, T]) -> asyncio.Task[T]:
    """Start a task that is never cancelled, and that ``finished`` waits for."""
    running = database.get().uncancelled
    task = asyncio.get_running_loop().create_task(work)
    # The event loop itself holds only weak references to tasks.
    running.add(task)
    task.add_done_callback(running.discard)
    return task


async def shielded(work: Coroutine[None, None, T]) -> T:
    """Return the result of the work, which completes even if the caller is cancelled."""
    task = started(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_log)
        raise


def _log(task: asyncio.Task[T]) -> None:
    """Log the error of work whose caller has left; the event loop would log its text too."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        expected = is_too_slow(error) or is_away(error)
        level = logging.DEBUG if expected else logging.ERROR
        logger.log(level, "work without its caller has failed: %s", type(error).__name__)


async def finished() -> None:
    """Wait until all of this work is done, and so every connection is released."""
    while running := database.get().uncancelled:
        await asyncio.wait(list(running))
