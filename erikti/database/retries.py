"""Retries of write transactions that lost against concurrent ones."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from erikti.database.errors import is_lost_race

T = TypeVar("T")
ATTEMPTS = 4
PAUSE = 0.05  # seconds before the second attempt, on average; then twice as long each time


async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return the result of ``attempt``, repeated after a deadlock or a serialisation failure.

    ``attempt`` is a whole transaction, or a savepoint, that can begin anew. On SQLite it is
    repeated after the lock timeout. Raises the error of the last attempt.
    """
    for number in range(1, ATTEMPTS):
        try:
            return await attempt()
        except Exception as error:
            if not is_lost_race(error):
                raise
        # Transactions that met once should not meet again.
        await asyncio.sleep(PAUSE * 2**number * random.random())
    return await attempt()
