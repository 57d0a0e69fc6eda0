"""Reads of records about people: counted in memory and logged once a second."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from erikti.audit.entries import Access
from erikti.audit.log import AccessLog, AccessLogUnavailableError

logger = logging.getLogger("erikti.audit")

INTERVAL = 1.0  # seconds between entries
GROUP = 500  # entries written at once, so that other entries are not delayed
MOST = 10_000  # maximum number of queued readings, by caller and filter
EACH = 50  # of them for one caller; further ones are summed up regardless of their filter


class Readings:
    """Counts of records by reader and filter, for the access log.

    The records contain no names or personal data, so serving them does not wait for the log: reads
    in the last second before a process is killed leave no entry.
    """

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._counts: Counter[Access] = Counter()
        self._callers: Counter[tuple[str | None, str | None]] = Counter()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Write entries periodically within this context, and the last ones at its end."""
        ended = asyncio.Event()
        working = asyncio.create_task(self._work(ended))
        try:
            yield self
        finally:
            ended.set()
            await working

    def note(self, access: Access, records: int) -> None:
        """Count records that are about to be served; ``access`` identifies the reader.

        Raises AccessLogUnavailableError if too many readings are queued.
        """
        counted = self._counts.get(access)
        if counted is None:
            caller = (access.client, access.subject)
            if self._callers[caller] >= EACH:
                access = access._replace(purpose=None, operation=None, filter_hash=None)
            if access not in self._counts and len(self._counts) >= MOST:
                raise AccessLogUnavailableError("too many readings are queued")
            self._callers[caller] += 1
            counted = self._counts[access]
        self._counts[access] = counted + records

    async def _work(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            await self._record()
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), INTERVAL)
        await self._record()

    async def _record(self) -> None:
        """Write an entry for each reading; those that fail are queued again."""
        waiting, self._counts = self._counts, Counter()
        self._callers.clear()
        readings = list(waiting.items())
        for start in range(0, len(readings), GROUP):
            some = readings[start : start + GROUP]
            entries = [access._replace(record_count=count) for access, count in some]
            outcomes = await asyncio.gather(*map(self._log.write, entries), return_exceptions=True)
            for (access, count), outcome in zip(some, outcomes, strict=True):
                if isinstance(outcome, AccessLogUnavailableError):
                    self._counts[access] += count
                elif outcome is not None:
                    logger.error("a reading was not recorded: %s", type(outcome).__name__)
