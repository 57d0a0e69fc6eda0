"""HTTP/1.1 with limits on headers, time and connections, on top of uvicorn's protocol.

uvicorn's protocol has no deadline for headers, for a body or for a response that the client does
not read, and no limit on headers. Here every connection has a deadline, and a sweep over all
connections (see erikti.serving.server) ends expired ones, so requests need no timers.
"""

import asyncio
import math
import select
from collections import Counter
from collections.abc import Collection
from typing import ClassVar, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from erikti.errors import (
    BodyTooLargeError,
    ExpectationFailedError,
    HeadersTooLargeError,
    HttpVersionError,
    RequestError,
    RequestTimeoutError,
    UrlTooLongError,
)
from erikti.guard.limits import Limits
from erikti.serving.addresses import Proxies
from erikti.serving.phases import ANSWER, BODY, CLOSING, HEADERS, IDLE
from erikti.serving.refusals import cors_lines, refused
from erikti.serving.transports import Door
from erikti.serving.upgrades import plain
from erikti.serving.websocket_protocol import BoundedSocket

NEVER = math.inf
LINGER = 1.0  # seconds for a rejected client to read the response before it is disconnected
FIRST_BYTE = 2.0  # seconds for the first byte of a client that connected during shutdown
PIPELINED = 8  # requests that may wait for the response to an earlier one
DRAINING = "draining"  # in the state of the application, from the signal to stop
ENDING = "ending"  # there too: an event, set once no client can connect any more
PER_HEADER = len(": \r\n")
CHECKED = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
VERSIONS = ("1.1", "1.0")


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within Limits; made by ``protocol(limits, proxies)``."""

    limits: ClassVar[Limits]
    proxies: ClassVar[Proxies]
    origins: ClassVar[Collection[str]]
    open_by_address: ClassVar[Counter[str]]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deadline = self.write_deadline = NEVER
        self._phase = IDLE
        self._address: str | None = None
        self._ignoring = False  # data that still arrives is ignored
        self._raw_bytes = self._header_bytes = self._thrown_away = 0
        self._checked: dict[bytes, bytes] = {}
        self._keep_alive = not app_state.get(DRAINING)
        self._reusable = True
        self._refusal: RequestError | None = None
        self._upgrades = False
        self._declined = False  # an offer of another protocol: the request is parsed without it
        self._socket: asyncio.Transport

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or abort it at once."""
        super().connection_made(transport)
        self._socket = transport
        self.transport = cast(asyncio.Transport, Door(transport, self._close))
        who = self.proxies.connection(self.client[0] if self.client else None)
        if who is not None:
            if self.open_by_address[who] >= self.limits.connections_per_address:
                self._ignoring = True
                transport.abort()
                return
            self._address = who
            self.open_by_address[who] += 1
        self.deadline = self.loop.time() + self.limits.header_seconds

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._leave()
        self._phase = CLOSING
        self._ignoring = True
        self.pipeline.clear()  # the client cannot receive the responses
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._address is not None:
            self.open_by_address[self._address] -= 1
            if not self.open_by_address[self._address]:
                del self.open_by_address[self._address]
            self._address = None

    def eof_received(self) -> None:
        """The client has disconnected: discard what is not sent by the deadline."""
        self._phase = CLOSING
        self._ignoring = True
        self.deadline = self.loop.time() + self.limits.write_seconds

    def pause_writing(self) -> None:
        """The write buffer is full, because the client reads slowly."""
        super().pause_writing()
        self.write_deadline = self.loop.time() + self.limits.write_seconds

    def resume_writing(self) -> None:
        """The client has read the buffered data."""
        super().resume_writing()
        self.write_deadline = NEVER

    def expire(self) -> None:
        """End a connection whose deadline has passed."""
        if self._phase is CLOSING or self.write_deadline <= self.loop.time():
            self._socket.abort()
        elif self._phase is HEADERS:
            self._refuse(_late(f"Send all headers within {self.limits.header_seconds:g} seconds."))
        elif self._phase is BODY:
            self._refuse(_late(f"Send the whole body within {self.limits.body_seconds:g} seconds."))
        else:
            self._close()

    def drain(self) -> None:
        """Close the connection after the next response."""
        self._keep_alive = False
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Respond to accepted requests, then close; close at once if there are none."""
        self.drain()
        if self._phase is IDLE and self.cycle is None:  # its first request may be in transit
            self.deadline = min(self.deadline, self.loop.time() + FIRST_BYTE)
        elif self._phase is IDLE and not self._has_more():
            self._close()

    def _has_more(self) -> bool:
        """Whether a request waits to be read, which the event loop may not have noticed yet."""
        found = self._socket.get_extra_info("socket")
        return bool(found is not None and select.select([found.fileno()], [], [], 0)[0])

    def _close(self) -> None:
        """Close when the written data has been sent, or after a limited time.

        Closing with unread data resets the connection, so that the client may lose the response. If
        more data may arrive, only the sending direction is closed, and that data is discarded.
        """
        if self._phase is CLOSING or self._socket.is_closing():
            return
        unread = self._ignoring or self._phase in (HEADERS, BODY)
        self._phase = CLOSING
        self._ignoring = True
        self.write_deadline = NEVER
        unsent = self._socket.get_write_buffer_size() > 0
        self.deadline = self.loop.time() + (self.limits.write_seconds if unsent else LINGER)
        if unread and self._socket.can_write_eof():
            self._socket.write_eof()
            self.flow.resume_reading()
        else:
            self._socket.close()

    # What arrives

    def data_received(self, data: bytes) -> None:
        """Parse the data, unless it is to be ignored."""
        if self._ignoring:
            self._thrown_away += len(data)
            if self._thrown_away > self.limits.bulk_body_bytes:
                self.flow.pause_reading()
            return
        alone = self._phase in (IDLE, HEADERS)
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(
                cause if isinstance(cause, RequestError) else _bad("This is not valid HTTP/1.1.")
            )
        else:
            if alone and self._phase is HEADERS:
                self._raw_bytes += len(data)
                if self._raw_bytes > self.limits.header_bytes + self.limits.url_bytes:
                    self._refuse(self._too_large())

    def _parse(self, data: bytes) -> None:
        """Parse the data; the parser stops at a request that offers another protocol."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            if self._declined:
                parser, self.parser = self.parser, httptools.HttpRequestParser(self)
                version = parser.get_http_version()
                head = plain(parser.get_method(), self.url, version, self.headers)
                self._parse(head + data[stopped.args[0] :])
                return
            self._ignoring = True
            if self._upgrades:
                self.handle_websocket_upgrade()
            else:  # CONNECT
                self.cycle.keep_alive = False

    def on_message_begin(self) -> None:
        """Handle the first byte of a request."""
        super().on_message_begin()
        if self.cycle is not None:  # else it runs since the connection was made
            self.deadline = self.loop.time() + self.limits.header_seconds
        self._phase = HEADERS
        self._raw_bytes = self._header_bytes = 0
        self._checked = {}

    def on_url(self, url: bytes) -> None:
        """Handle a part of the URL; raise RequestError if it is too long."""
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            text = f"A URL has at most {self.limits.url_bytes} bytes."
            raise UrlTooLongError(text)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Handle a header; raise RequestError if there are too many, or if it is a trailer."""
        if self._phase is not HEADERS:
            # uvicorn would add it to the headers, which a proxy may have sanitised.
            raise _bad("Headers after the body are not supported.")
        name = name.lower()
        headers, limits = self.headers, self.limits
        headers.append((name, value))
        self._header_bytes += len(name) + len(value) + PER_HEADER
        if name in CHECKED:
            if name in self._checked:
                raise _bad(f"Send the header {name.decode()} only once.")
            self._checked[name] = value
        if self._header_bytes > limits.header_bytes or len(headers) > limits.headers:
            raise self._too_large()

    def on_headers_complete(self) -> None:
        """Start the application; raise RequestError if the headers are invalid."""
        self._check(self.parser.get_http_version())
        self.expect_100_continue = b"expect" in self._checked
        waits = self.cycle is not None and not self.cycle.response_complete
        self._upgrades = not waits and self._opens_socket()
        self._declined = self._offers() and not self._upgrades
        if self._declined:
            return
        super().on_headers_complete()
        if self._upgrades:
            return
        self._phase = BODY
        # A pipelined body is read when the requests before it are done.
        self.deadline = NEVER if waits else self.loop.time() + self.limits.body_seconds
        # A response before the end of the body closes the connection.
        self._reusable = self.cycle.keep_alive
        self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Handle the end of a request."""
        if self._upgrades or self._declined:
            return
        super().on_message_complete()
        self._phase = ANSWER
        self.deadline = NEVER
        self.cycle.keep_alive = self._reusable and self._keep_alive

    def on_response_complete(self) -> None:
        """Continue with the next request, or wait for one."""
        self.server_state.total_requests += 1
        if self._phase is CLOSING or self._socket.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            if cycle.more_body:
                self.deadline = self.loop.time() + self.limits.body_seconds
        elif self._refusal is not None:
            self._deliver(self._refusal)
        elif self._phase is ANSWER:
            self._phase = IDLE
            self.deadline = self.loop.time() + self.limits.idle_seconds

    # Other protocols

    def _offers(self) -> bool:
        """Whether the request offers to continue in another protocol."""
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def _opens_socket(self) -> bool:
        """Whether the request opens a WebSocket and has no body."""
        plain = not self._checked.keys() & {b"content-length", b"transfer-encoding"}
        asks = self.parser.should_upgrade() and super()._should_upgrade()
        asks = asks and any(name == b"sec-websocket-key" for name, _ in self.headers)
        return asks and plain and self._keep_alive and self.parser.get_method() == b"GET"

    def _should_upgrade(self) -> bool:
        return self._upgrades

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol, which releases its count."""
        self.connections.discard(self)
        kind = cast(type[BoundedSocket], self.ws_protocol_class)
        made = kind(self.config, self.server_state, self.app_state)
        made.begin(self._socket, self.url, self.headers, self._leave)

    # Rejected requests

    def _check(self, version: str) -> None:
        found = self._checked
        if version not in VERSIONS:
            raise HttpVersionError("Use HTTP/1.1.")
        if version == "1.1" and not found.get(b"host"):
            raise _bad("The Host header is required.")
        coding = found.get(b"transfer-encoding")
        if coding is not None and (version == "1.0" or coding.lower() != b"chunked"):
            raise _bad("Transfer-Encoding must be chunked, and needs HTTP/1.1.")
        if int(found.get(b"content-length", 0)) > self.limits.bulk_body_bytes:
            text = f"A body has at most {self.limits.bulk_body_bytes} bytes."
            raise BodyTooLargeError(text)
        if found.get(b"expect", b"100-continue").lower() != b"100-continue":
            raise ExpectationFailedError("Expect must be 100-continue.")
        if len(self.pipeline) >= PIPELINED:
            raise _bad(f"A connection has at most {PIPELINED} waiting requests.")

    def _too_large(self) -> RequestError:
        limits = self.limits
        text = (
            f"A request has at most {limits.headers} headers, {limits.header_bytes} bytes in all."
        )
        return HeadersTooLargeError(text)

    def _refuse(self, refusal: RequestError) -> None:
        """Stop reading, and send the error after the responses to earlier requests."""
        self._ignoring = True
        self.deadline = NEVER
        if self._phase is BODY:
            waits = bool(self.pipeline) and self.pipeline[0][0] is self.cycle
            if waits:
                self.pipeline.popleft()
        else:
            waits = self.cycle is not None and not self.cycle.response_complete
        if waits:
            self._refusal = refusal
        else:
            self._deliver(refusal)

    def _deliver(self, refusal: RequestError) -> None:
        """Send the error instead of the application, which is notified of a disconnect."""
        begun = False
        if self._phase is BODY and self._refusal is None:
            begun = self.cycle.response_started
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not begun and not self._socket.is_closing():
            known = cors_lines(self.origins, self.headers or ())
            self._socket.write(refused(refusal, known))
        self._close()


def protocol(
    limits: Limits, proxies: Proxies, origins: Collection[str] = ()
) -> type[BoundedProtocol]:
    """Return the protocol class with these limits, for uvicorn's ``http=``.

    Connections are counted per process and address, those of IPv6 by 64-bit network. Those of
    ``proxies`` are not counted, because they carry requests of many clients. Pages of
    ``origins`` may read why a request was rejected.
    """
    found: Counter[str] = Counter()
    given = {"limits": limits, "proxies": proxies, "origins": origins, "open_by_address": found}
    return type("Protocol", (BoundedProtocol,), given)


def _bad(text: str) -> RequestError:
    return RequestError(text)


def _late(text: str) -> RequestError:
    return RequestTimeoutError(text)
