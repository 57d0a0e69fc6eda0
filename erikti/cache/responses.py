"""The response cache: shared computations, invalidation by tags, and outages of Valkey.

Each tag has a generation, a random token. A response is sealed with the generations that were
current before its computation began, and is valid under no others. So a response that was computed
during an invalidation is never served, and a lost token cannot make an old response valid again.
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
EVERYTHING = "*"  # the tag that every response has
COUNTED = (
    *("hits", "misses", "joined", "bypassed", "stored", "refused"),
    *("drops", "failed_drops"),
)
logger = logging.getLogger("erikti.cache")

T = TypeVar("T")
Compute: TypeAlias = Callable[[], Awaitable[Answer]]
Found: TypeAlias = tuple[Answer | None, State | None]


class _SharedComputation:
    """A computation that several callers wait for; cancelled when the last one disconnects."""

    def __init__(self, work: Coroutine[Any, Any, Answer]) -> None:
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
        self._most = max_entry_bytes
        self._valkey = valkey
        self._backend: Backend = Shared(valkey, namespace) if valkey else Memory(max_bytes)
        if valkey is not None:
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

    async def answer(self, key: bytes, tags: Collection[str], compute: Compute) -> Answer:
        """Return the cached response of a key, or else that of ``compute``.

        Equal requests at the same time share one computation, which is cancelled when all their
        callers have disconnected. Its error is raised to all of them. ``tags`` follow from the key.
        """
        digest = self._sealer.digest(key)
        kept, state = await self._look_up(digest, sorted({EVERYTHING, *tags}))
        if kept is not None:
            self._counts["hits"] += 1
            return kept
        place = (digest, self._drops if state is None else state)
        computation = self._computations.get(place)
        if computation is None or not computation.waiting:
            self._counts["bypassed" if state is None else "misses"] += 1
            computation = self._start(place, self._compute(digest, state, compute))
        else:
            self._counts["joined"] += 1
        return await computation.result()

    async def drop(self, tags: Collection[str]) -> bool:
        """Invalidate the responses with one of these tags; call it after the commit.

        Return False if Valkey cannot be reached. This process then retries; until it succeeds,
        other processes may serve such responses until they expire.
        """
        self._drops += 1
        self._pending.update(tags)
        task = asyncio.create_task(self._write_pending())
        self._invalidating.add(task)
        task.add_done_callback(self._invalidating.discard)
        return await asyncio.shield(task)

    async def state(self, tags: Collection[str]) -> State | None:
        """Return a value that changes when any process invalidates one of these tags.

        Return None if that is not known: without a Valkey, or while it is away.
        """
        if self._valkey is None:
            return None
        _, state = await self._look_up(self._sealer.digest(b""), sorted({EVERYTHING, *tags}))
        return state

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
        self, place: tuple[bytes, State | int], work: Coroutine[Any, Any, Answer]
    ) -> _SharedComputation:
        computation = self._computations[place] = _SharedComputation(work)

        def forget(_: asyncio.Task[Answer]) -> None:
            if self._computations.get(place) is computation:
                del self._computations[place]

        computation.task.add_done_callback(forget)
        return computation

    async def _look_up(self, digest: bytes, tags: Sequence[str]) -> Found:
        """Return the cached response, and the state to seal a new one with; None if unavailable."""
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
                await self._backend.renew([_tag(tag) for tag in pending])
        except BaseException:
            self._pending |= pending
            raise


def _tag(tag: str) -> str:
    return f"tag:{tag}"


def _entry(digest: bytes) -> str:
    return f"answer:{digest.hex()}"
