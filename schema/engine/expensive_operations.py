"""Dear operations one after the other, so that all others find the process free."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from erikti.database.fair_queue import FairQueue
from erikti.errors import UnavailableError
from erikti.executor import RequestedFields
from erikti.guard.limits import Limits
from resolvers.context import Context
from schema.building.costs import SEARCHING

FIELD = 2  # points that a field of a document is as much work as, whatever it answers
FIGURES = 50  # fields that the figures of a year are as much work as: they are counted anew


def counting(requested_fields: RequestedFields) -> int:
    """The fields that an operation counts as besides its own."""
    return (
        FIGURES
        if "NationalStatistics" in requested_fields and "Subscription" not in requested_fields
        else 0
    )


class ExpensiveQueue:
    """One dear operation at a time in this process, of each client in turn.

    What comes before an estimate (parsing and validating a document) is not among it; what its
    variables, statements and answer take of the event loop is.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turns = FairQueue(1)

    def is_expensive(self, context: Context) -> bool:
        """Whether an operation costs much, or as much in conditions as one that no index serves."""
        spent = context.spent
        points = spent.requested + FIELD * spent.fields
        return points > self._limits.expensive or spent.conditions >= int(SEARCHING.weight)

    @asynccontextmanager
    async def turn(self, context: Context) -> AsyncIterator[None]:
        """The time in which an operation may be executed; raises UnavailableError."""
        if self.is_expensive(context):
            async with self.taken(context):
                yield
        else:
            yield

    @asynccontextmanager
    async def taken(self, context: Context) -> AsyncIterator[None]:
        """The time in which a client may have work done that is dear; raises UnavailableError."""
        seconds, who = self._limits.expensive_seconds, context.who
        try:
            async with asyncio.timeout(max(seconds - context.age, 0)):
                await self._turns.take(who)
        except TimeoutError:
            text = f"other operations as dear as this one took {seconds:g} seconds: ask again later"
            raise UnavailableError(text) from None
        try:
            yield
        finally:
            self._turns.give_back(who)
