"""A queue for expensive operations, so that others are not delayed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from erikti.database.fair_queue import FairQueue
from erikti.errors import UnavailableError
from erikti.executor import RequestedFields
from erikti.guard.limits import Limits
from resolvers.context import Context
from schema.building.costs import SEARCHING

FIELD = 2  # points for the work of a field in the document, whatever it returns
FIGURES = 50  # fields for the work of a year's figures, which are counted for each request


def counting(requested_fields: RequestedFields) -> int:
    """Return the fields that an operation counts for besides its own."""
    return (
        FIGURES
        if "NationalStatistics" in requested_fields and "Subscription" not in requested_fields
        else 0
    )


class ExpensiveQueue:
    """Runs one expensive operation at a time in this process, fairly among clients.

    The slot covers the variables, statements and result of an operation, not the parsing and
    validation that precede its estimate.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._queue = FairQueue(1)

    def is_expensive(self, context: Context) -> bool:
        """Whether an operation costs much, or has a condition that no index supports."""
        spent = context.spent
        points = spent.requested + FIELD * spent.fields
        return points > self._limits.expensive or spent.conditions >= int(SEARCHING.weight)

    @asynccontextmanager
    async def admit(self, context: Context) -> AsyncIterator[None]:
        """Wait for the slot if the operation is expensive; raises UnavailableError."""
        if self.is_expensive(context):
            async with self.slot(context):
                yield
        else:
            yield

    @asynccontextmanager
    async def slot(self, context: Context) -> AsyncIterator[None]:
        """Wait for the slot and hold it in the block; raises UnavailableError."""
        seconds, who = self._limits.expensive_seconds, context.who
        try:
            async with asyncio.timeout(max(seconds - context.age, 0)):
                await self._queue.acquire(who)
        except TimeoutError:
            text = f"Other expensive operations took {seconds:g} seconds: retry later."
            raise UnavailableError(text) from None
        try:
            yield
        finally:
            self._queue.release(who)
