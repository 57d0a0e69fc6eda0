"""Bodies of requests that may have to be read again."""

from collections import deque

from starlette.types import Message, Receive

from erikti.endpoint.bodies import read_body
from erikti.endpoint.disconnect import ClientGoneError
from erikti.errors import BodyTooLargeError


class Received:
    """A channel (ASGI) whose messages are received again once the body has been read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: deque[Message] = deque()
        self._error: Exception | None = None

    async def body(self, declared: bytes | None, most: int) -> bytes | None:
        """Return the body; None if it has more than ``most`` bytes, or if the client has left.

        ``declared`` is the header ``content-length``.
        """
        headers = () if declared is None else ((b"content-length", declared),)
        try:
            return await read_body(headers, self._recorded, most)
        except (BodyTooLargeError, ClientGoneError):
            return None

    async def _recorded(self) -> Message:
        message = await self._receive()
        self._messages.append(message)
        return message

    def fail(self, error: Exception) -> None:
        """Raise an error in the next reader, which masks and reports it."""
        self._error = error

    async def __call__(self) -> Message:
        """Return the next message, those that were received before at first."""
        if self._error is not None:
            raise self._error
        return self._messages.popleft() if self._messages else await self._receive()
