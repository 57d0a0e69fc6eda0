"""Cancellation of a coroutine at its n-th suspension."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

MOST = 2000


class Suspensions:
    """Counts the suspensions of a coroutine and its tasks, and cancels it at the n-th."""

    def __init__(self, at: int) -> None:
        self.count = 0
        self._at = at
        self._act: Callable[[], object] | None = None

    async def cancel(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Run the work, cancelled at the n-th suspension; return whether there was one."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self._make)
        try:
            task = asyncio.create_task(work)
            self._act = task.cancel
            await asyncio.wait([task])
        finally:
            loop.set_task_factory(None)
            self._act = None
        if task.cancelled():
            return True
        await task
        return self.count >= self._at

    def _make(
        self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(_Watched(self, work), loop=loop, **options)

    def note(self) -> None:
        """Count a suspension."""
        self.count += 1
        if self.count == self._at and self._act is not None:
            asyncio.get_running_loop().call_soon(self._act)


class _Watched(Coroutine[Any, Any, Any]):
    """A coroutine that notes each suspension."""

    def __init__(self, suspensions: Suspensions, work: Coroutine[Any, Any, Any]) -> None:
        self._suspensions = suspensions
        self._work = work

    def send(self, value: Any) -> Any:
        """Resume until the next suspension."""
        return self._noted(self._work.send(value))

    def throw(self, *error: Any) -> Any:
        """Resume with an error."""
        return self._noted(self._work.throw(*error))

    def close(self) -> None:
        """End the work."""
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._work.__await__())

    def _noted(self, waited: Any) -> Any:
        self._suspensions.note()
        return waited
