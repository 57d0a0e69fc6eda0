"""WebSockets (RFC 6455) with the limits that uvicorn's protocol lacks.

While a client does not read, nothing is read from it, and it is disconnected after
``write_seconds``.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from typing import ClassVar, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Response

from erikti.guard.limits import Limits
from erikti.serving.headers import LINES_ON_EVERY_ANSWER, ON_EVERY_ANSWER

NEVER = math.inf
FRAGMENTS = 1_000  # of one message
TAIL = 2.0  # seconds for the client to read the last bytes
REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\n%bconnection: close\r\ncontent-length: 0\r\n\r\n"
    % LINES_ON_EVERY_ANSWER
)


class BoundedSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol with limits; created by ``sockets(limits)``."""

    limits: ClassVar[Limits]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
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
        """Continue an HTTP connection that was upgraded; ``leave`` is called when it ends."""
        self._leave = leave
        transport.set_protocol(self)
        self.connection_made(transport)
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.data_received(b"GET %b HTTP/1.1\r\n%b\r\n" % (url, lines))
        if not self.handshake_initiated:  # the library accepts shorter lines than the HTTP protocol
            self.handle_parser_exception()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Use a transport whose closing takes a limited time."""
        super().connection_made(cast(asyncio.Transport, _Ending(self, transport)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._leave()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The write buffer is full: stop reading until the client has read it."""
        super().pause_writing()
        self.transport.pause_reading()
        self.write_deadline = self.loop.time() + self.limits.write_seconds

    def resume_writing(self) -> None:
        """The client has read the buffered data."""
        super().resume_writing()
        self.write_deadline = NEVER
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def expire(self) -> None:
        """End a connection whose deadline has passed."""
        self.transport.abort()

    def drain(self) -> None:
        """Keep the connection: its client would reconnect to this process, which still listens."""

    def handle_cont(self, event: Frame) -> None:
        """Handle a part of a message; limit their number, since empty ones take memory too."""
        if len(self.frames) >= FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG)
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on; uvicorn would log the bytes of one that is not UTF-8."""
        if self.curr_msg_data_type == "text":
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA)
                return
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message of the application; raise ClientDisconnected if it is too late."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    def handle_parser_exception(self) -> None:
        """Close with the code of the library, or reject a handshake that it cannot parse."""
        if self.conn.close_sent is None:
            self.close_sent = self.handshake_complete = True
            self.transport.write(REFUSED)
            self.transport.close()
        else:
            super().handle_parser_exception()

    def _respond(self, response: Response) -> None:
        """Respond to a handshake; uvicorn omits the default headers if it rejects one."""
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
    """A transport that is aborted if closing it takes too long."""

    def __init__(self, protocol: BoundedSocket, transport: asyncio.BaseTransport) -> None:
        self._protocol = protocol
        self._transport = transport

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close when all data has been sent, or after a limited time."""
        if not self._transport.is_closing():
            self._protocol.deadline = self._protocol.loop.time() + TAIL
        self._transport.close()


def sockets(limits: Limits) -> type[BoundedSocket]:
    """Return the protocol class with these limits, for uvicorn's ``ws=``."""
    return type("Socket", (BoundedSocket,), {"limits": limits})
