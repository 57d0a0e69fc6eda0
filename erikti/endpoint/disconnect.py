"""Cancels work whose client has disconnected."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

T = TypeVar("T")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
# Most responses are ready sooner; listening from the start would cost each of them a task.
SOON = 0.1


class ClientGoneError(Exception):
    """The client closed its connection before the response was ready."""


async def until_disconnected(receive: Receive, work: Awaitable[T], after: float = SOON) -> T:
    """Return the result of the work; cancel it and raise ClientGoneError on a disconnect.

    ``receive`` is the ASGI channel of a request whose body has been read. Listening begins
    once the work has taken ``after`` seconds.
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
        # The task may be cancelled for another reason as well.
        if gone and worker.uncancel() == 0:
            raise ClientGoneError from None
        raise
    finally:
        timer.cancel()
        if listener is not None:
            listener.cancel()
