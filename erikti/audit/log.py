"""The writer of the access log, one per process."""

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from erikti.audit.belonging import OtherDatabaseError, matching_database
from erikti.audit.chain import Chain
from erikti.audit.entries import Access, Draft, draft
from erikti.audit.signing_key import signing_key
from erikti.audit.stores import PATIENCE, Store, store
from erikti.audit.succession import Succession

logger = logging.getLogger("erikti.audit")

GROUP = 1_000  # entries committed together
GROUP_PERSONS = 20_000  # persons committed together; a single entry may have more
WAITING = 10_000  # maximum number of queued entries
INTERVAL = 1.0  # seconds between checkpoints, unless there are many entries
UNCOVERED = 1_000  # unsigned entries that trigger a checkpoint at once
STEP = timedelta(seconds=1)  # a clock that goes back this far ends a chain
UNSIGNED = 10.0  # seconds without a checkpoint after which writing stops


class AccessLogUnavailableError(Exception):
    """An access could not be recorded, so no personal data may be served."""


class AccessLog:
    """Records reads of personal data; an async context manager for the life of the process.

    While the database is unavailable, ``write`` raises AccessLogUnavailableError.
    ``person_key`` (16 to 64 bytes) prevents finding people by hashing known IDs; ``key`` is the
    PEM file of the signing key, ``checkpoints`` the folder of the checkpoints.
    """

    def __init__(
        self, url: str, *, person_key: bytes, key: Path, checkpoints: Path, version: str = "erikti"
    ) -> None:
        self._url = url
        self._person_key = person_key
        self._key_path = key
        self._folder = checkpoints
        self._version = version
        self._waiting: deque[tuple[Draft, asyncio.Future[None]]] = deque()
        self._chain: Chain | None = None
        self._next: Chain | None = None
        self._last = datetime.min.replace(tzinfo=UTC)
        self._closing = False
        self._working: asyncio.Task[None] | None = None
        #: Whether the last group of entries could be written.
        self.available = True

    async def __aenter__(self) -> Self:
        """Start; raises AuditKeyError or OSError if the signing key cannot be read."""
        self._key = await asyncio.to_thread(signing_key, self._key_path)
        self._store: Store = store(self._url)
        self._wake, self._due = asyncio.Event(), asyncio.Event()
        self._covering = asyncio.Lock()
        self._closing = False
        self._working = asyncio.create_task(self._work())
        self._signing = asyncio.create_task(self._sign())
        self._ended = asyncio.Event()
        self._succeeding = asyncio.create_task(self._succeed())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the queued entries, sign them and close the chain."""
        self._closing = True
        self._wake.set()
        assert self._working is not None
        await self._working
        self._due.set()
        await self._signing
        await self._leave_chain()
        self._ended.set()
        await self._succeeding
        await self._store.close()

    async def write(self, access: Access) -> None:
        """Record an access; when this returns it is committed.

        Raises AccessLogUnavailableError within two seconds if it cannot be written, ValueError
        if a person's ID is not a UUID. A call cancelled while queued leaves no entry.
        """
        entry_draft = draft(access, self._person_key, self._now())
        if self._working is None or self._closing or self._working.done():
            raise AccessLogUnavailableError("the access log is not open")
        if len(self._waiting) >= WAITING:
            raise AccessLogUnavailableError("too many entries are queued")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry_draft, done))
        self._wake.set()
        try:
            async with asyncio.timeout(PATIENCE):
                await done
        except TimeoutError:
            raise AccessLogUnavailableError("the access log timed out") from None

    def _now(self) -> datetime:
        """Return the time, which stays constant while the clock is set back a little."""
        now = datetime.now(UTC)
        self._last = self._last if now < self._last < now + STEP else now
        return self._last

    async def _work(self) -> None:
        while not self._closing or self._waiting:
            await self._wake.wait()
            self._wake.clear()
            while group := self._take():
                await self._commit(group)

    def _take(self) -> list[tuple[Draft, asyncio.Future[None]]]:
        """Return the next entries to commit together, by time, without cancelled ones."""
        group: list[tuple[Draft, asyncio.Future[None]]] = []
        persons = 0
        while self._waiting and len(group) < GROUP and persons < GROUP_PERSONS:
            entry_draft, done = self._waiting[0]
            if group and entry_draft.at < group[-1][0].at:
                break
            self._waiting.popleft()
            if not done.done():
                group.append((entry_draft, done))
                persons += len(entry_draft.persons)
        return group

    async def _commit(self, group: list[tuple[Draft, asyncio.Future[None]]]) -> None:
        failure: str | None = None
        try:
            await self._write([entry_draft for entry_draft, _ in group])
        except Exception as error:
            known = isinstance(error, OtherDatabaseError)
            reason = str(error) if known else type(error).__name__
            failure = f"the access log cannot be written: {reason}"
            if self.available:
                logger.error(failure)
        self.available = failure is None
        for _, done in group:
            if done.done():
                continue
            if failure is None:
                done.set_result(None)
            else:
                done.set_exception(AccessLogUnavailableError(failure))

    async def _write(self, drafts: list[Draft]) -> None:
        chain = await self._checked_chain(drafts[0].at)
        since = chain.uncovered_since
        if since is not None and time.monotonic() - since > UNSIGNED:
            raise OSError("checkpoints cannot be written")
        if len(chain.marks) >= UNCOVERED:
            await self._cover(chain)  # the verifier rejects more unsigned entries
        entries = chain.extend(drafts, drafts[0].at)
        await self._store.insert(entries)
        chain.settle((entries[-1].sequence, entries[-1].hash))
        if len(chain.marks) >= UNCOVERED:
            self._due.set()

    async def _checked_chain(self, at: datetime) -> Chain:
        """Return a chain whose head is the database's last entry and not later than ``at``."""
        chain = self._chain
        # An unconfirmed group may still be committed later. Then the next group, which has the
        # same numbers, fails, and the head is checked again.
        lost = chain and chain.doubtful and not chain.settle(await self._store.tail(chain.writer))
        if chain and lost:
            logger.error("the database has unknown entries in chain %s", chain.writer)
            await self._leave_chain(certain=True)
        elif chain and chain.file.lost:
            logger.error("the checkpoints of chain %s were removed or changed", chain.writer)
            await self._leave_chain()
        elif chain and at < chain.latest:
            logger.warning("the clock was set back: chain %s is closed", chain.writer)
            await self._leave_chain()
        if self._chain is None:
            # A chain that could not be announced is retried, so that no second file is created.
            if self._next is None:
                database = await matching_database(self._store, self._folder)
                self._next = Chain(self._folder, self._key, self._version, database)
            await asyncio.to_thread(self._next.file.open)
            self._chain, self._next = self._next, None
        return self._chain

    async def _leave_chain(self, certain: bool = False) -> None:
        """Sign the confirmed entries and leave the chain; close it unless a commit is unconfirmed.

        The succession signs unconfirmed entries later. If further entries are ``certain`` not to
        be this writer's, the chain is closed so that they stay unsigned.
        """
        chain, self._chain = self._chain, None
        if chain is None:
            return
        try:
            await self._cover(chain, closed=certain or not chain.doubtful)
        except OSError as error:
            logger.error("the last checkpoint could not be written: %s", type(error).__name__)
        finally:
            chain.file.close()

    async def _sign(self) -> None:
        assert self._working is not None
        while not self._working.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), INTERVAL)
            self._due.clear()
            if self._chain is None:
                continue
            try:
                await self._cover(self._chain)
            except OSError as error:
                logger.error("a checkpoint could not be written: %s", type(error).__name__)
                await asyncio.sleep(INTERVAL)

    async def _succeed(self) -> None:
        """Close the chains of killed processes periodically."""
        succession = Succession(self._url, self._folder, self._key, self._version)
        while not self._ended.is_set():
            await succession.close_dead()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), INTERVAL)

    async def _cover(self, chain: Chain, closed: bool = False) -> None:
        async with self._covering:
            (sequence, head), marks = chain.head, list(chain.marks)
            if not (marks or closed or await asyncio.to_thread(chain.file.outdated)):
                return
            await asyncio.to_thread(chain.file.add, sequence, head, marks, closed=closed)
            chain.covered(len(marks))
