"""Work that is given up once nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

T = TypeVar("T")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
# Most answers are there sooner; to listen from the start would cost each of them a task.
SOON = 0.1


class ClientGoneError(Exception):
    """The client closed its connection before the answer was there."""


async def until_disconnected(receive: Receive, work: Awaitable[T], after: float = SOON) -> T:
    """What the work comes to; cancels it, and raises ClientGoneError, if its client goes away.

    ``receive`` is the ASGI channel of a request whose body has been read. It is listened to
    when the work has taken ``after`` seconds.
    """
    loop = asyncio.get_running_loop()
    worker = asyncio.current_task()
    assert worker is not None
    listener: asyncio.Task[None] | None = None
    gone = False

    async def listen() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        worker.cancel()

    def begin() -> None:
        nonlocal listener
        listener = loop.create_task(listen())

    timer = loop.call_later(after, begin)
    try:
        return await work
    except asyncio.CancelledError:
        # Somebody else may want the task to end as well.
        if gone and worker.uncancel() == 0:
            raise ClientGoneError from None
        raise
    finally:
        timer.cancel()
        if listener is not None:
            listener.cancel()
