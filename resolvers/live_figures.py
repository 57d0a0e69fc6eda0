"""Values that somebody waits to change: counted once for all who do, and only while they do."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from erikti.database.connection import one_snapshot
from erikti.guard.limits import Limits
from erikti.telemetry.tracebacks import trace

K = TypeVar("K")
V = TypeVar("V")
logger = logging.getLogger("erikti.changes")


class Subject(Generic[V]):
    """One value that is followed: what it came to last, and by how many it is followed."""

    def __init__(self) -> None:
        self.followers = 0
        self.first: asyncio.Task[None] | None = None
        self._value: V | Exception | None = None
        self._changed = asyncio.Event()

    def tell(self, value: V | Exception) -> None:
        """Wake the followers, unless the value is what it was."""
        known = self._value
        if value == known or (isinstance(value, Exception) and str(value) == str(known)):
            return
        self._value = value
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, seen: V | None) -> V:
        """The value once it is another than was seen; raises the error that it comes to."""
        while self._value is None or self._value is seen:
            await self._changed.wait()
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


class FigureStream(Generic[V]):
    """A value now, and whenever it has changed; to be closed.

    Nothing is kept for who is slow: they get the newest value and none in between.
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
        """Follow no longer."""
        leave, self._leave = self._leave, lambda: None
        leave()


class LiveFigures(Generic[K, V]):
    """What is followed, by key.

    ``count`` finds the values of keys, an exception in the place of one that there is none of.
    ``sign`` is asked every ``watch_seconds``: it answers with something that is another
    whenever data may have changed, in whatever process. Then the values are counted again, at
    most every ``recount_seconds``. Belongs to one event loop.
    """

    def __init__(
        self,
        count: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]],
        limits: Limits,
        sign: Callable[[], Awaitable[Any]],
    ) -> None:
        self._count = count
        self._limits = limits
        self._sign = sign
        self._subjects: dict[K, Subject[V]] = {}
        self._watching: asyncio.Task[None] | None = None
        self._failing = False

    async def follow(self, key: K) -> FigureStream[V]:
        """Follow a value; raises what it comes to where there is none."""
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
        """Count no more."""
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
                subject.first.cancel()  # nobody waits for it any more

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        # What was counted before the first sign was seen may be old already.
        seen: Any = self
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
                    logger.warning("changes cannot be counted: %s", trace(error))
                self._failing = True
            else:
                self._failing = False

    async def _recount(self, keys: Sequence[K]) -> None:
        async with asyncio.timeout(self._limits.query_seconds):
            with one_snapshot():
                values = await self._count(keys)
        for key, value in zip(keys, values, strict=True):
            with suppress(KeyError):
                self._subjects[key].tell(value)
