"""Cancel a piece of work at its n-th suspension, wherever in it that is."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

MOST = 2000


class Suspensions:
    """Counts how often the tasks of a piece of work wait, and acts the n-th time."""

    def __init__(self, at: int) -> None:
        self.count = 0
        self._at = at
        self._act: Callable[[], object] | None = None

    async def cancel(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Run the work, cancelled at the n-th suspension; whether it came so far."""
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

    def tell(self) -> None:
        """A task is about to wait."""
        self.count += 1
        if self.count == self._at and self._act is not None:
            asyncio.get_running_loop().call_soon(self._act)


class _Watched(Coroutine[Any, Any, Any]):
    """A coroutine that tells each time when it waits."""

    def __init__(self, suspensions: Suspensions, work: Coroutine[Any, Any, Any]) -> None:
        self._suspensions = suspensions
        self._work = work

    def send(self, value: Any) -> Any:
        """Go on to where the work waits next."""
        return self._told(self._work.send(value))

    def throw(self, *error: Any) -> Any:
        """Go on with an error."""
        return self._told(self._work.throw(*error))

    def close(self) -> None:
        """End the work."""
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._work.__await__())

    def _told(self, waited: Any) -> Any:
        self._suspensions.tell()
        return waited
