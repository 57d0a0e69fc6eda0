"""The cache of finished answers: one computation for many callers, tags, and outages.

Each tag has a generation, a random token. An answer is sealed with the generations that were
current before its computation began, and cannot be opened under others. So what was computed
while its tag was dropped is of no use, and no lost token can make an old answer good again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

from erikti.cache.answers import Answer, Sealer, State
from erikti.cache.backends import Backend, Memory, Shared
from erikti.cache.valkey import Valkey, ValkeyAwayError, Work

MIB = 2**20
MEMORY = 64 * MIB
EVERYTHING = "*"  # the tag that every answer has
COUNTED = (
    *("hits", "misses", "joined", "bypassed", "stored", "refused"),
    *("drops", "failed_drops"),
)
logger = logging.getLogger("erikti.cache")

T = TypeVar("T")
Compute: TypeAlias = Callable[[], Awaitable[Answer]]
Found: TypeAlias = tuple[Answer | None, State | None]


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
    """Answers by key and tags, in memory or in a Valkey.

    Processes with another ``secret`` neither read nor forge one another's answers, but share the
    drops of tags. ``max_bytes`` bounds the memory cache, ``max_entry_bytes`` each answer. Close
    it before the Valkey. Belongs to one event loop.
    """

    def __init__(
        self,
        valkey: Valkey | None = None,
        *,
        secret: bytes = b"",
        namespace: str = "erikti",
        max_bytes: int = MEMORY,
        max_entry_bytes: int = MIB,
    ) -> None:
        self._sealer = Sealer(secret)
        self._most = max_entry_bytes
        self._valkey = valkey
        self._backend: Backend = Shared(valkey, namespace) if valkey else Memory(max_bytes)
        if valkey is not None:
            valkey.before_use(self._unpaid)
        self._flights: dict[tuple[bytes, State | int], _Flight] = {}
        self._dropping: set[asyncio.Task[bool]] = set()
        self._drops = 0
        self._owed: set[str] = set()
        self._counts: Counter[str] = Counter()

    @property
    def away(self) -> bool:
        """Whether Valkey is out of reach, so that answers are computed without it."""
        return self._valkey is not None and self._valkey.away

    @property
    def metrics(self) -> dict[str, int]:
        """What happened so far, by name, and ``away``: 1 while Valkey cannot be used."""
        outages = self._valkey.outages if self._valkey else 0
        counts = {name: self._counts[name] for name in COUNTED}
        return counts | {"outages": outages, "away": int(self.away)}

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
        if self._valkey is None:
            return None
        _, state = await self._look_up(self._sealer.digest(b""), sorted({EVERYTHING, *tags}))
        return state

    async def close(self) -> None:
        """End what is under way, and try a last time to make the drops that failed."""
        ending = [flight.task for flight in self._flights.values()]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, *self._dropping, return_exceptions=True)
        if self._valkey is not None:
            try:
                await self._valkey.attempt(self._settle())
            except Exception:
                logger.error("a drop was lost: answers may be served until they are too old")

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
        with suppress(ValkeyAwayError):
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
        with suppress(ValkeyAwayError):
            await self._reach(self._backend.write(_entry(digest), entry, answer.fresh_for))
            self._counts["stored"] += 1
        return answer

    async def _reach(self, exchange: Coroutine[Any, Any, T]) -> T:
        return await (self._valkey.reach(exchange) if self._valkey else exchange)

    async def _pay(self) -> bool:
        """Make the drops that are owed; False where Valkey is away."""
        try:
            await self._reach(self._settle())
        except ValkeyAwayError as error:
            if self._valkey is not None:  # the drops that are owed are made once it is back
                self._valkey.lose(error.__cause__ or error)
            self._counts["failed_drops"] += 1
            return False
        self._counts["drops"] += 1
        return True

    def _unpaid(self) -> Work | None:
        return self._settle() if self._owed else None

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
