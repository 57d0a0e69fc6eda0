"""Bodies of requests that may have to be read again."""

from starlette.types import Message, Receive

from erikti.endpoint.bodies import fits


class Received:
    """A channel (ASGI) whose messages are received again once the body has been read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []
        self._error: Exception | None = None

    async def body(self, declared: bytes | None, most: int) -> bytes | None:
        """Return the body; None if it has more than ``most`` bytes, or if the client has left.

        ``declared`` is the header ``content-length``.
        """
        if declared is not None and not fits(declared, most):
            return None
        body = b""
        while True:
            message = await self._receive()
            self._messages.append(message)
            if message["type"] == "http.disconnect":
                return None
            part: bytes = message.get("body", b"")
            body += part
            if len(body) > most:
                return None
            if not message.get("more_body", False):
                return body

    def fail(self, error: Exception) -> None:
        """Raise an error in the next reader, which masks and reports it."""
        self._error = error

    async def __call__(self) -> Message:
        """Return the next message, those that were received before at first."""
        if self._error is not None:
            raise self._error
        return self._messages.pop(0) if self._messages else await self._receive()
