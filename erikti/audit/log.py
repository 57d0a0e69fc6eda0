"""The writer of the access log: one for each process."""

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from erikti.audit.belonging import OtherDatabaseError, belonging
from erikti.audit.chain import Chain
from erikti.audit.entries import Access, Draft, draft
from erikti.audit.signing_key import signing_key
from erikti.audit.stores import PATIENCE, Store, store
from erikti.audit.succession import Succession

logger = logging.getLogger("erikti.audit")

GROUP = 1_000  # entries committed together
GROUP_PERSONS = 20_000  # persons committed together; a single entry may have more
WAITING = 10_000  # entries that may wait to be committed
INTERVAL = 1.0  # seconds between checkpoints, unless there are many entries
UNCOVERED = 1_000  # entries after which a checkpoint does not wait
STEP = timedelta(seconds=1)  # by which a clock that goes back ends a chain
UNSIGNED = 10.0  # seconds without a checkpoint after which nothing is written any more


class AccessLogUnavailableError(Exception):
    """An access could not be recorded, so nothing may be given out."""


class AccessLog:
    """Records who read personal data; ``async with`` it for as long as the process serves.

    The database need not be there at the start, nor stay: meanwhile ``write`` raises
    AccessLogUnavailable. ``person_key`` (16 to 64 bytes) stands in the way of who would find
    out persons by trying ids; ``key`` is the PEM file of the signing key, ``checkpoints`` the
    folder that checkpoints are kept in.
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
        """Begin; raises AuditKeyError or OSError where the signing key cannot be had."""
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
        """Write what waits, sign for it and close the chain."""
        self._closing = True
        self._wake.set()
        assert self._working is not None
        await self._working
        self._due.set()
        await self._signing
        await self._part()
        self._ended.set()
        await self._succeeding
        await self._store.close()

    async def write(self, access: Access) -> None:
        """Record an access; when this returns it is committed.

        Raises AccessLogUnavailable within two seconds where that cannot be done, ValueError
        where a person's id is no UUID. Who is cancelled while waiting leaves no entry, unless
        it was on its way already.
        """
        made = draft(access, self._person_key, self._now())
        if self._working is None or self._closing or self._working.done():
            raise AccessLogUnavailableError("the access log is not open")
        if len(self._waiting) >= WAITING:
            raise AccessLogUnavailableError("too many entries wait to be written")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((made, done))
        self._wake.set()
        try:
            async with asyncio.timeout(PATIENCE):
                await done
        except TimeoutError:
            raise AccessLogUnavailableError("the access log did not answer in time") from None

    def _now(self) -> datetime:
        """The time; a clock that was only trimmed does not go back."""
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
        """What is to be committed together, in order of time; who left is left out."""
        group: list[tuple[Draft, asyncio.Future[None]]] = []
        persons = 0
        while self._waiting and len(group) < GROUP and persons < GROUP_PERSONS:
            made, done = self._waiting[0]
            if group and made.at < group[-1][0].at:
                break
            self._waiting.popleft()
            if not done.done():
                group.append((made, done))
                persons += len(made.persons)
        return group

    async def _commit(self, group: list[tuple[Draft, asyncio.Future[None]]]) -> None:
        failure: str | None = None
        try:
            await self._write([made for made, _ in group])
        except Exception as error:
            told = str(error) if isinstance(error, OtherDatabaseError) else type(error).__name__
            failure = f"the access log cannot be written: {told}"
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
        chain = await self._sound_chain(drafts[0].at)
        since = chain.uncovered_since
        if since is not None and time.monotonic() - since > UNSIGNED:
            raise OSError("checkpoints cannot be kept")
        if len(chain.marks) >= UNCOVERED:
            await self._cover(chain)  # or more would wait than the verifier believes
        entries = chain.extend(drafts, drafts[0].at)
        await self._store.insert(entries)
        chain.settle((entries[-1].sequence, entries[-1].hash))
        if len(chain.marks) >= UNCOVERED:
            self._due.set()

    async def _sound_chain(self, at: datetime) -> Chain:
        """A chain whose head is known to be what the database has, and is no later than ``at``."""
        chain = self._chain
        # A group that is still on its way can land later: then the next one, which has the same
        # numbers, is refused, and this is asked again.
        lost = chain and chain.doubtful and not chain.settle(await self._store.tail(chain.writer))
        if chain and lost:
            logger.error("the database has other entries of chain %s", chain.writer)
            await self._part(certain=True)
        elif chain and chain.file.lost:
            logger.error("the checkpoints of chain %s were taken away", chain.writer)
            await self._part()
        elif chain and at < chain.latest:
            logger.warning("the clock went back: chain %s ends", chain.writer)
            await self._part()
        if self._chain is None:
            # One that could not be announced is announced later: no second file is begun.
            if self._next is None:
                database = await belonging(self._store, self._folder)
                self._next = Chain(self._folder, self._key, self._version, database)
            await asyncio.to_thread(self._next.file.open)
            self._chain, self._next = self._next, None
        return self._chain

    async def _part(self, certain: bool = False) -> None:
        """Sign for what is known of the chain, and leave it; it is closed unless in doubt.

        What is in doubt is signed for by the succession. Where it is certain that what follows
        is not ours, it must not be.
        """
        chain, self._chain = self._chain, None
        if chain is None:
            return
        try:
            await self._cover(chain, closed=certain or not chain.doubtful)
        except OSError as error:
            logger.error("the last checkpoint could not be kept: %s", type(error).__name__)
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
                logger.error("a checkpoint could not be kept: %s", type(error).__name__)
                await asyncio.sleep(INTERVAL)

    async def _succeed(self) -> None:
        """Close the chains of killed processes, again and again."""
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
