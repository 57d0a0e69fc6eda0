"""WebSockets (RFC 6455) at the socket: what uvicorn's protocol leaves without a bound.

A client that takes nothing is heard no further, and ends as one that takes no answer does.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Response

from erikti.guard.limits import Limits
from erikti.serving.headers import LINES_ON_EVERY_ANSWER, ON_EVERY_ANSWER

NEVER = math.inf
FRAGMENTS = 1_000  # of one message
TAIL = 2.0  # seconds for the last bytes to be taken
REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\n%bconnection: close\r\ncontent-length: 0\r\n\r\n"
    % LINES_ON_EVERY_ANSWER
)


class BoundedSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol within Limits; made by ``sockets(limits)``."""

    limits: ClassVar[Limits]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.deadline = self.write_deadline = NEVER
        self._leave: Callable[[], None] = lambda: None
        self._send_response = self.conn.send_response
        self.conn.send_response = self._respond  # type: ignore[method-assign]

    def begin(
        self,
        transport: asyncio.Transport,
        url: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        leave: Callable[[], None],
    ) -> None:
        """Go on with a connection whose request asked for it; ``leave`` is called at its end."""
        self._leave = leave
        transport.set_protocol(self)
        self.connection_made(transport)
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.data_received(b"GET %b HTTP/1.1\r\n%b\r\n" % (url, lines))
        if not self.handshake_initiated:  # the library takes shorter lines than we do
            self.handle_parser_exception()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what closes the connection by a way that has an end."""
        super().connection_made(cast(asyncio.Transport, _Ending(self, transport)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place of the connection back."""
        self._leave()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client has more to take than is kept for it: hear no more of it meanwhile."""
        super().pause_writing()
        self.transport.pause_reading()
        self.write_deadline = self.loop.time() + self.limits.write_seconds

    def resume_writing(self) -> None:
        """The client has taken it."""
        super().resume_writing()
        self.write_deadline = NEVER
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def expire(self) -> None:
        """End what has passed a deadline."""
        self.transport.abort()

    def drain(self) -> None:
        """Go on until the end: who is sent away now would come back to the same process."""

    def handle_cont(self, event: Frame) -> None:
        """A part of a message; many empty ones would cost memory and no bytes of its size."""
        if len(self.frames) >= FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG)
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; uvicorn would log the bytes of one that is no UTF-8."""
        if self.curr_msg_data_type == "text":
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA)
                return
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message of the application, for which one that is too late is no mistake."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    def handle_parser_exception(self) -> None:
        """Close as the library says, or refuse a handshake that it cannot read."""
        if self.conn.close_sent is None:
            self.close_sent = self.handshake_complete = True
            self.transport.write(REFUSED)
            self.transport.close()
        else:
            super().handle_parser_exception()

    def _respond(self, response: Response) -> None:
        """Answer a handshake; uvicorn leaves out its headers where it refuses one."""
        for name, value in ON_EVERY_ANSWER:
            if name not in response.headers:
                response.headers[name] = value
        self._send_response(response)

    def _fail(self, code: CloseCode) -> None:
        if not self.close_sent:
            self.frames = []
            self.conn.fail(code)
            self.handle_parser_exception()


class _Ending:
    """A transport that is aborted where closing it takes too long."""

    def __init__(self, protocol: BoundedSocket, transport: Any) -> None:
        self._protocol = protocol
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close once all was taken, or a little later anyway."""
        if not self._transport.is_closing():
            self._protocol.deadline = self._protocol.loop.time() + TAIL
        self._transport.close()


def sockets(limits: Limits) -> type[BoundedSocket]:
    """The protocol within these limits: uvicorn's ``ws=``."""
    return type("Socket", (BoundedSocket,), {"limits": limits})
