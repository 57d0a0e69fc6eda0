"""The cache of finished answers: one computation for many callers, tags, and outages.

Each tag has a generation, a random token. An answer is sealed with the generations that were
current before its computation began, and cannot be opened under others. So what was computed
while its tag was dropped is of no use, and no lost token can make an old answer good again.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

from erikti.cache.answers import Answer, Sealer, State
from erikti.cache.backends import Backend, Memory, Shared, in_time

MIB = 2**20
MEMORY = 64 * MIB
PAUSE = 5.0  # seconds between two attempts to reach a Valkey that is away
LATE = 1.5  # what takes so much longer than its time-out is this process's own doing
EVERYTHING = "*"  # the tag that every answer has
COUNTED = (
    *("hits", "misses", "joined", "bypassed", "stored", "refused"),
    *("drops", "failed_drops", "outages"),
)
logger = logging.getLogger("erikti.cache")

T = TypeVar("T")
Compute: TypeAlias = Callable[[], Awaitable[Answer]]
Found: TypeAlias = tuple[Answer | None, State | None]


class _AwayError(Exception):
    """The shared cache could not be used."""


class _Flight:
    """One computation that several callers wait for; it ends early when the last one leaves."""

    def __init__(self, work: Coroutine[Any, Any, Answer]) -> None:
        self.task = asyncio.create_task(work)
        self.waiting = 0

    async def arrive(self) -> Answer:
        """Wait for the answer; a caller who is cancelled takes it from nobody else."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiting -= 1
            if not self.waiting:
                self.task.cancel()


class ResponseCache:
    """Answers by key and tags, in memory or, with a ``url``, in Valkey.

    ``url`` is redis://, rediss://, valkey://, valkeys:// or unix://. Processes with another
    ``secret`` neither read nor forge one another's answers, but share the drops of tags.
    ``timeout`` is the longest that an answer waits for Valkey, ``pause`` the time between two
    attempts to reach it when it is away, both in seconds. ``max_bytes`` bounds the memory
    cache, ``max_entry_bytes`` each answer. Belongs to one event loop.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        secret: bytes = b"",
        namespace: str = "erikti",
        max_bytes: int = MEMORY,
        max_entry_bytes: int = MIB,
        timeout: float = 0.1,
        pause: float = PAUSE,
    ) -> None:
        self._sealer = Sealer(secret)
        self._most = max_entry_bytes
        self._timeout = timeout if url else None
        self._pause = pause
        self._backend: Backend = Shared(url, namespace, timeout) if url else Memory(max_bytes)
        self._flights: dict[tuple[bytes, State | int], _Flight] = {}
        self._dropping: set[asyncio.Task[bool]] = set()
        self._recovery: asyncio.Task[None] | None = None
        self._drops = 0
        self._owed: set[str] = set()
        self._counts: Counter[str] = Counter()

    @property
    def away(self) -> bool:
        """Whether Valkey is out of reach, so that answers are computed without it."""
        return self._recovery is not None

    @property
    def metrics(self) -> dict[str, int]:
        """What happened so far, by name, and ``away``: 1 while Valkey cannot be used."""
        return {name: self._counts[name] for name in COUNTED} | {"away": int(self.away)}

    async def answer(self, key: bytes, tags: Collection[str], compute: Compute) -> Answer:
        """The answer kept under a key, or else the one that ``compute`` gives.

        Equal requests at the same time share one computation, which is cancelled when all
        their callers are gone. What it raises, all of them get. ``tags`` follow from the key.
        """
        digest = self._sealer.digest(key)
        kept, state = await self._look_up(digest, sorted({EVERYTHING, *tags}))
        if kept is not None:
            self._counts["hits"] += 1
            return kept
        place = (digest, self._drops if state is None else state)
        flight = self._flights.get(place)
        if flight is None or not flight.waiting:
            self._counts["bypassed" if state is None else "misses"] += 1
            flight = self._depart(place, self._compute(digest, state, compute))
        else:
            self._counts["joined"] += 1
        return await flight.arrive()

    async def drop(self, tags: Collection[str]) -> bool:
        """Let no answer with one of these tags be served again; call it after the commit.

        False where Valkey cannot be reached: this process then tries until it can be. Other
        processes may serve such answers until then, and at most until they are too old.
        """
        self._drops += 1
        self._owed.update(tags)
        task = asyncio.create_task(self._pay())
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)
        return await asyncio.shield(task)

    async def state(self, tags: Collection[str]) -> State | None:
        """What is another once one of these tags was dropped, in whatever process.

        None where that cannot be told: without a Valkey, or while it is away.
        """
        if self._timeout is None:
            return None
        _, state = await self._look_up(self._sealer.digest(b""), sorted({EVERYTHING, *tags}))
        return state

    async def close(self) -> None:
        """End what is under way, and try a last time to make the drops that failed."""
        ending: list[asyncio.Task[Any]] = [flight.task for flight in self._flights.values()]
        if self._recovery:
            ending.append(self._recovery)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, *self._dropping, return_exceptions=True)
        try:
            await in_time(self._settle(), self._timeout)
        except Exception:
            logger.error("a drop was lost: answers may be served until they are too old")
        await self._backend.close()

    def _depart(
        self, place: tuple[bytes, State | int], work: Coroutine[Any, Any, Answer]
    ) -> _Flight:
        flight = self._flights[place] = _Flight(work)

        def land(_: asyncio.Task[Answer]) -> None:
            if self._flights.get(place) is flight:
                del self._flights[place]

        flight.task.add_done_callback(land)
        return flight

    async def _look_up(self, digest: bytes, tags: Sequence[str]) -> Found:
        """The answer kept, and the state to seal another with; no state where Valkey is away."""
        found: Found = (None, None)
        if not self.away:
            with suppress(_AwayError):
                found = await self._reach(self._read(digest, tags))
        return found

    async def _read(self, digest: bytes, tags: Sequence[str]) -> Found:
        names = [_tag(tag) for tag in tags]
        entry, *tokens = await self._backend.read([_entry(digest), *names])
        if None in tokens:
            for name, token in zip(names, tokens, strict=True):
                if token is None:
                    await self._backend.begin(name)
            entry, tokens = None, await self._backend.read(names)
        state = (self._backend.server, *(token for token in tokens if token is not None))
        if len(state) <= len(tokens):
            return None, None
        return self._sealer.open(digest, state, entry, self._backend.ahead), state

    async def _compute(self, digest: bytes, state: State | None, compute: Compute) -> Answer:
        answer = await compute()
        if state is None or self.away or answer.fresh_for <= 0:
            return answer
        entry = self._sealer.seal(digest, state, answer, self._backend.ahead)
        if len(entry) > self._most:
            self._counts["refused"] += 1
            return answer
        with suppress(_AwayError):
            await self._reach(self._backend.write(_entry(digest), entry, answer.fresh_for))
            self._counts["stored"] += 1
        return answer

    async def _reach(self, exchange: Coroutine[Any, Any, T]) -> T:
        """The outcome of an exchange with the backend, in time; raises _AwayError."""
        began = time.monotonic()
        try:
            return await in_time(exchange, self._timeout)
        except Exception as error:  # whatever it is, no answer may fail for it
            took = time.monotonic() - began
            if took <= LATE * (self._timeout or took):
                self._lose(error)
            raise _AwayError from error

    def _lose(self, error: BaseException) -> None:
        """Do without Valkey until it is back. The log tells no word of what was asked."""
        if not self.away:
            self._counts["outages"] += 1
            reason = type(error).__name__
            logger.warning("Valkey cannot be used (%s): answers are computed meanwhile", reason)
            self._recovery = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        """Wait for Valkey to be back, and make the drops that failed before it is trusted."""
        while True:
            await asyncio.sleep(self._pause)
            try:
                await in_time(self._backend.forget_connections(), self._timeout)
                await in_time(self._backend.read([_tag(EVERYTHING)]), self._timeout)
                while self._owed:
                    await in_time(self._settle(), self._timeout)
            except Exception:
                continue
            self._recovery = None
            logger.info("Valkey can be used again")
            return

    async def _pay(self) -> bool:
        """Make the drops that are owed; False where Valkey is away."""
        if not self.away:
            try:
                await self._reach(self._settle())
                self._counts["drops"] += 1
                return True
            except _AwayError as error:
                self._lose(error.__cause__ or error)
        self._counts["failed_drops"] += 1
        return False

    async def _settle(self) -> None:
        # What is dropped again meanwhile is owed again: this drop may be ahead of that commit.
        owed, self._owed = self._owed, set()
        try:
            if owed:
                await self._backend.renew([_tag(tag) for tag in owed])
        except BaseException:
            self._owed |= owed
            raise


def _tag(tag: str) -> str:
    return f"tag:{tag}"


def _entry(digest: bytes) -> str:
    return f"answer:{digest.hex()}"
