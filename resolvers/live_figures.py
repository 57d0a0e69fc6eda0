"""Live values: recomputed once for all subscribers, and only while there are any."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from erikti.database.connection import one_snapshot
from erikti.guard.limits import Limits
from erikti.telemetry.tracebacks import trace

K = TypeVar("K")
V = TypeVar("V")
logger = logging.getLogger("erikti.changes")


class Subject(Generic[V]):
    """One live value: its last result and its number of subscribers."""

    def __init__(self) -> None:
        self.followers = 0
        self.first: asyncio.Task[None] | None = None
        self._value: V | Exception | None = None
        self._changed = asyncio.Event()

    def publish(self, value: V | Exception) -> None:
        """Wake the subscribers if the value has changed."""
        known = self._value
        if value == known or (isinstance(value, Exception) and str(value) == str(known)):
            return
        self._value = value
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, seen: V | None) -> V:
        """Wait until the value differs from ``seen`` and return it, or raise it if an error."""
        while self._value is None or self._value is seen:
            await self._changed.wait()
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


class FigureStream(Generic[V]):
    """A stream of a value: the present one, then each change; it must be closed.

    Values are not queued: a slow subscriber gets the newest value and skips earlier ones.
    """

    def __init__(self, subject: Subject[V], leave: Callable[[], None]) -> None:
        self._subject = subject
        self._seen: V | None = None
        self._leave = leave

    def __aiter__(self) -> "FigureStream[V]":
        return self

    async def __anext__(self) -> V:
        self._seen = await self._subject.after(self._seen)
        return self._seen

    async def aclose(self) -> None:
        """Unsubscribe."""
        leave, self._leave = self._leave, lambda: None
        leave()


class LiveFigures(Generic[K, V]):
    """Live values by key, bound to one event loop.

    ``count`` computes the values of keys, with an exception in place of a missing value.
    ``sign`` is called every ``watch_seconds``; it returns a value that differs whenever data
    may have changed in any process. Then the values are recomputed, at most every
    ``recount_seconds``.
    """

    def __init__(
        self,
        count: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]],
        limits: Limits,
        sign: Callable[[], Awaitable[object]],
    ) -> None:
        self._count = count
        self._limits = limits
        self._sign = sign
        self._subjects: dict[K, Subject[V]] = {}
        self._watching: asyncio.Task[None] | None = None
        self._failing = False

    async def follow(self, key: K) -> FigureStream[V]:
        """Subscribe to a value; raises the value's exception if it is missing."""
        subject = self._subjects.setdefault(key, Subject())
        subject.followers += 1
        following = FigureStream(subject, lambda: self._left(key, subject))
        try:
            if subject.first is None:
                subject.first = asyncio.create_task(self._recount([key]))
            await asyncio.shield(subject.first)
            await subject.after(None)
        except BaseException:
            await following.aclose()
            raise
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        return following

    async def close(self) -> None:
        """Stop recomputing."""
        waiting = [subject.first for subject in self._subjects.values() if subject.first]
        if self._watching is not None:
            waiting.append(self._watching)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _left(self, key: K, subject: Subject[V]) -> None:
        subject.followers -= 1
        if not subject.followers and self._subjects.get(key) is subject:
            del self._subjects[key]
            if subject.first is not None:
                subject.first.cancel()  # no subscriber is left

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        # Values computed before the first sign was read may already be outdated.
        seen: object = self
        due = loop.time()
        while self._subjects:
            await asyncio.sleep(self._limits.watch_seconds)
            if loop.time() < due:
                continue
            try:
                async with asyncio.timeout(self._limits.query_seconds):
                    sign = await self._sign()
                if sign != seen:
                    due = loop.time() + self._limits.recount_seconds
                    await self._recount(list(self._subjects))
                    seen = sign
            except Exception as error:
                if not self._failing:
                    logger.warning("live figures cannot be recomputed: %s", trace(error))
                self._failing = True
            else:
                self._failing = False

    async def _recount(self, keys: Sequence[K]) -> None:
        async with asyncio.timeout(self._limits.query_seconds):
            with one_snapshot():
                values = await self._count(keys)
        for key, value in zip(keys, values, strict=True):
            with suppress(KeyError):
                self._subjects[key].publish(value)
