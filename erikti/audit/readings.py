"""Records about people: counted as they are read, and recorded once a second."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Self

from erikti.audit.entries import Access
from erikti.audit.log import AccessLog, AccessLogUnavailableError

logger = logging.getLogger("erikti.audit")

INTERVAL = 1.0  # seconds between entries
GROUP = 500  # entries that wait at once: personal data goes on meanwhile
MOST = 10_000  # readings, by caller and filter, that may wait to be recorded
EACH = 50  # of them of one caller; further ones are summed up whatever their filter


class Readings:
    """Counts records by their reader and by how they were found, while the log is open.

    They hold no names and no personal data, so they do not wait for the log: what was read in the
    last second before a process is killed leaves no entry.
    """

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._counts: Counter[Access] = Counter()
        self._callers: Counter[tuple[str | None, str | None]] = Counter()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """The time in which they are recorded; at its end what waits is."""
        ended = asyncio.Event()
        working = asyncio.create_task(self._work(ended))
        try:
            yield self
        finally:
            ended.set()
            await working

    def note(self, access: Access, records: int) -> None:
        """Count records that are about to be given; ``access`` says by whom they are read.

        Raises AccessLogUnavailable where too much waits, as where the log cannot be written.
        """
        caller = (access.client, access.subject)
        if access not in self._counts:
            if self._callers[caller] >= EACH:
                access = replace(access, purpose=None, operation=None, filter_hash=None)
            if access not in self._counts and len(self._counts) >= MOST:
                raise AccessLogUnavailableError("too many readings wait to be recorded")
            self._callers[caller] += 1
        self._counts[access] += records

    async def _work(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            await self._record()
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), INTERVAL)
        await self._record()

    async def _record(self) -> None:
        """Write an entry for each reading; those that cannot be written wait for the next time."""
        waiting, self._counts = self._counts, Counter()
        self._callers.clear()
        readings = list(waiting.items())
        for start in range(0, len(readings), GROUP):
            some = readings[start : start + GROUP]
            entries = [replace(access, record_count=count) for access, count in some]
            outcomes = await asyncio.gather(*map(self._log.write, entries), return_exceptions=True)
            for (access, count), outcome in zip(some, outcomes, strict=True):
                if isinstance(outcome, AccessLogUnavailableError):
                    self._counts[access] += count
                elif outcome is not None:
                    logger.error("a reading was not recorded: %s", type(outcome).__name__)
