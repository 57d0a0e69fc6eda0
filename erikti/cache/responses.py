"""The response cache: shared computations, invalidation by tags, and outages of Valkey."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias, TypeVar

from erikti.cache.answers import Answer, Sealer, State
from erikti.cache.backends import Shared
from erikti.cache.entries import NOTHING, Entries, Found, OwnEntries, SealedEntries
from erikti.cache.valkey import Valkey, ValkeyAwayError, Work

MIB = 2**20
MEMORY = 64 * MIB
EVERYTHING = "*"  # the tag that every response has
COUNTED = (
    *("hits", "misses", "joined", "bypassed", "stored", "refused"),
    *("drops", "failed_drops"),
)
logger = logging.getLogger("erikti.cache")

T = TypeVar("T")
Compute: TypeAlias = Callable[[], Awaitable[Answer]]


class Place(NamedTuple):
    """Where a response is cached: the digest of its key, and its tags."""

    digest: bytes
    tags: Sequence[str]


class _SharedComputation:
    """A computation that several callers wait for; cancelled when the last one disconnects."""

    def __init__(self, work: Coroutine[object, object, Answer]) -> None:
        self.task = asyncio.create_task(work)
        self.waiting = 0

    async def result(self) -> Answer:
        """Return the response; cancelling one caller does not affect the others."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiting -= 1
            if not self.waiting:
                self.task.cancel()


class ResponseCache:
    """Responses by key and tags, in memory or in a Valkey.

    Processes with different secrets can neither read nor forge one another's entries, but share
    invalidations. ``max_bytes`` limits the memory cache, ``max_entry_bytes`` each entry. Close it
    before its Valkey. Belongs to one event loop.
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
        self._valkey = valkey
        self._entries: Entries = OwnEntries(max_bytes, max_entry_bytes)
        if valkey is not None:
            backend = Shared(valkey, namespace)
            self._entries = SealedEntries(backend, self._sealer, max_entry_bytes)
            valkey.before_use(self._unfinished)
        self._computations: dict[tuple[bytes, State | int], _SharedComputation] = {}
        self._invalidating: set[asyncio.Task[bool]] = set()
        self._drops = 0
        self._pending: set[str] = set()
        self._counts: Counter[str] = Counter()

    @property
    def away(self) -> bool:
        """Whether Valkey cannot be used at present, so that responses are computed without it."""
        return self._valkey is not None and self._valkey.away

    @property
    def metrics(self) -> dict[str, int]:
        """Return the counters by name, and ``away``: 1 while Valkey cannot be used."""
        outages = self._valkey.outages if self._valkey else 0
        counts = {name: self._counts[name] for name in COUNTED}
        return counts | {"outages": outages, "away": int(self.away)}

    def place(self, key: bytes, tags: Collection[str]) -> Place:
        """Return the place of a key's response; ``tags`` follow from the key."""
        return Place(self._sealer.digest(key), sorted({EVERYTHING, *tags}))

    async def find(self, place: Place) -> Answer | None:
        """Return the response that is cached at a place, which is counted as a hit."""
        answer, _ = await self._look_up(place)
        if answer is not None:
            self.count_hit()
        return answer

    def count_hit(self) -> None:
        """Count a hit, also of a response that is stored elsewhere."""
        self._counts["hits"] += 1

    async def answer(self, key: bytes, tags: Collection[str], compute: Compute) -> Answer:
        """Return the cached response of a key, or else that of ``compute``.

        Equal requests at the same time share one computation, which is cancelled when all their
        callers have disconnected. Its error is raised to all of them. ``tags`` follow from the key.
        """
        place = self.place(key, tags)
        cached, state = await self._look_up(place)
        if cached is not None:
            self._counts["hits"] += 1
            return cached
        when = (place.digest, self._drops if state is None else state)
        computation = self._computations.get(when)
        if computation is None or not computation.waiting:
            self._counts["bypassed" if state is None else "misses"] += 1
            computation = self._start(when, self._compute(place.digest, state, compute))
        else:
            self._counts["joined"] += 1
        return await computation.result()

    async def reached(self, lineage: str) -> int | None:
        """Return the position up to which changes were invalidated, by any process.

        Return None if that is not known.
        """
        with suppress(ValkeyAwayError):
            return await self._reach(self._entries.read_position(lineage))
        return None

    async def drop(self, tags: Collection[str], reached: tuple[str, int] | None = None) -> bool:
        """Invalidate the responses with one of these tags; call it after the commit.

        ``reached`` is the lineage and the position up to which changes are invalidated then.
        Return False if Valkey cannot be reached. This process then retries; until it succeeds,
        other processes may serve such responses until they expire.
        """
        self._drops += 1
        self._pending.update(tags)
        task = asyncio.create_task(self._write_pending())
        self._invalidating.add(task)
        task.add_done_callback(self._invalidating.discard)
        dropped = await asyncio.shield(task)
        if dropped and reached is not None:
            with suppress(ValkeyAwayError):
                await self._reach(self._entries.write_position(*reached))
        return dropped

    async def close(self) -> None:
        """Cancel computations, and retry failed invalidations a last time."""
        ending = [computation.task for computation in self._computations.values()]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, *self._invalidating, return_exceptions=True)
        if self._valkey is not None:
            try:
                await self._valkey.attempt(self._invalidate())
            except Exception:
                logger.error(
                    "an invalidation was lost: stale responses may be served until they expire"
                )

    def _start(
        self, when: tuple[bytes, State | int], work: Coroutine[object, object, Answer]
    ) -> _SharedComputation:
        computation = self._computations[when] = _SharedComputation(work)

        def forget(_: asyncio.Task[Answer]) -> None:
            if self._computations.get(when) is computation:
                del self._computations[when]

        computation.task.add_done_callback(forget)
        return computation

    async def _look_up(self, place: Place) -> Found:
        """Return the cached response and the state; nothing if the cache is unavailable."""
        if self._valkey is None:
            return await self._entries.find(*place)
        found = NOTHING
        with suppress(ValkeyAwayError):
            found = await self._valkey.reach(self._entries.find(*place))
        return found

    async def _compute(self, digest: bytes, state: State | None, compute: Compute) -> Answer:
        answer = await compute()
        if state is None or self.away or answer.fresh_for <= 0:
            return answer
        with suppress(ValkeyAwayError):
            stored = await self._reach(self._entries.store(digest, state, answer))
            self._counts["stored" if stored else "refused"] += 1
        return answer

    async def _reach(self, exchange: Coroutine[object, object, T]) -> T:
        return await (self._valkey.reach(exchange) if self._valkey else exchange)

    async def _write_pending(self) -> bool:
        """Write the pending invalidations; return False if Valkey is away."""
        try:
            await self._reach(self._invalidate())
        except ValkeyAwayError as error:
            if self._valkey is not None:  # pending invalidations are written when it is back
                self._valkey.lose(error.__cause__ or error)
            self._counts["failed_drops"] += 1
            return False
        self._counts["drops"] += 1
        return True

    def _unfinished(self) -> Work | None:
        return self._invalidate() if self._pending else None

    async def _invalidate(self) -> None:
        # A tag that is invalidated again meanwhile has to be written again, after that commit.
        pending, self._pending = self._pending, set()
        try:
            if pending:
                await self._entries.renew(pending)
        except BaseException:
            self._pending |= pending
            raise
