"""HTTP/1.1 at the socket: what a client may send, how slowly, and over how many connections.

uvicorn's own protocol has no deadline for headers, for a body or for an answer that nobody
reads, and no bound on headers. Here every connection has a deadline, and a sweep over all of
them (see erikti.serving.server) ends those that passed theirs: requests set no timers.
"""

import asyncio
import math
import select
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from erikti.guard.limits import Limits
from erikti.guard.refusals import LINES_ON_EVERY_ANSWER, Refusal
from erikti.serving.addresses import Proxies
from erikti.serving.websocket_protocol import BoundedSocket

NEVER = math.inf
LINGER = 1.0  # seconds for a refused client to read why, before what it still sends is cut off
FIRST_BYTE = 2.0  # seconds for the first byte of a client that came at the end
PIPELINED = 8  # requests that may wait for the answer to the one before them
DRAINING = "draining"  # in the state of the application, once it is told to stop
ENDING = "ending"  # there too: an event, set once nobody comes any more
PER_HEADER = len(": \r\n")
CHECKED = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
VERSIONS = ("1.1", "1.0")


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()  # the first byte of a request
    HEADERS = auto()
    BODY = auto()
    ANSWER = auto()  # the application
    CLOSING = auto()


class Door:
    """A transport for uvicorn's code, whose closing goes through ours."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within Limits; made by ``protocol(limits, proxies)``."""

    limits: ClassVar[Limits]
    proxies: ClassVar[Proxies]
    open_by_address: ClassVar[Counter[str]]

    def __init__(
        self,
        config: Any,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deadline = self.write_deadline = NEVER
        self._phase = Phase.IDLE
        self._address: str | None = None
        self._deaf = False  # what still arrives is not looked at
        self._raw_bytes = self._header_bytes = self._thrown_away = 0
        self._checked: dict[bytes, bytes] = {}
        self._keep_alive = not app_state.get(DRAINING)
        self._reusable = True
        self._refusal: Refusal | None = None
        self._upgrades = False
        self._socket: asyncio.Transport

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it at once."""
        super().connection_made(transport)
        self._socket = transport
        self.transport = cast(asyncio.Transport, Door(transport, self._close))
        who = self.proxies.connection(self.client[0] if self.client else None)
        if who is not None:
            if self.open_by_address[who] >= self.limits.connections_per_address:
                self._deaf = True
                transport.abort()
                return
            self._address = who
            self.open_by_address[who] += 1
        self.deadline = self.loop.time() + self.limits.header_seconds

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place of the connection back."""
        self._leave()
        self._phase = Phase.CLOSING
        self._deaf = True
        self.pipeline.clear()  # nobody waits for the answers
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._address is not None:
            self.open_by_address[self._address] -= 1
            if not self.open_by_address[self._address]:
                del self.open_by_address[self._address]
            self._address = None

    def eof_received(self) -> None:
        """The client is gone: what is not sent by the deadline is thrown away."""
        self._phase = Phase.CLOSING
        self._deaf = True
        self.deadline = self.loop.time() + self.limits.write_seconds

    def pause_writing(self) -> None:
        """The client has more of its answer to take than is kept for it."""
        super().pause_writing()
        self.write_deadline = self.loop.time() + self.limits.write_seconds

    def resume_writing(self) -> None:
        """The client has taken it."""
        super().resume_writing()
        self.write_deadline = NEVER

    def expire(self) -> None:
        """End what has passed a deadline."""
        if self._phase is Phase.CLOSING or self.write_deadline <= self.loop.time():
            self._socket.abort()
        elif self._phase is Phase.HEADERS:
            self._refuse(_late(f"headers are taken for {self.limits.header_seconds:g} seconds"))
        elif self._phase is Phase.BODY:
            self._refuse(_late(f"a body is taken for {self.limits.body_seconds:g} seconds"))
        else:
            self._close()

    def drain(self) -> None:
        """Let the next answer be the last."""
        self._keep_alive = False
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Answer what was accepted, then close; close at once where nothing more is due."""
        self.drain()
        if self._phase is Phase.IDLE and self.cycle is None:  # its first request may be on its way
            self.deadline = min(self.deadline, self.loop.time() + FIRST_BYTE)
        elif self._phase is Phase.IDLE and not self._has_more():
            self._close()

    def _has_more(self) -> bool:
        """Whether a request waits to be read: the loop may not have come to it yet."""
        found = self._socket.get_extra_info("socket")
        return bool(found is not None and select.select([found.fileno()], [], [], 0)[0])

    def _close(self) -> None:
        """Close once what was written has been taken, or when that lasts too long.

        Bytes that nobody reads would turn closing into a reset, which takes the answer from
        the client: where some may come, only our direction is closed, and the rest thrown away.
        """
        if self._phase is Phase.CLOSING or self._socket.is_closing():
            return
        unread = self._deaf or self._phase in (Phase.HEADERS, Phase.BODY)
        self._phase = Phase.CLOSING
        self._deaf = True
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
        """Parse what has arrived, unless it no longer matters."""
        if self._deaf:
            self._thrown_away += len(data)
            if self._thrown_away > self.limits.bulk_body_bytes:
                self.flow.pause_reading()
            return
        alone = self._phase in (Phase.IDLE, Phase.HEADERS)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._deaf = True
            if self._upgrades:
                self.handle_websocket_upgrade()
            else:
                # Asked for another protocol; it is answered in this one, and that is all.
                self.cycle.keep_alive = False
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Refusal) else _bad("this is not HTTP/1.1"))
        else:
            if alone and self._phase is Phase.HEADERS:
                self._raw_bytes += len(data)
                if self._raw_bytes > self.limits.header_bytes + self.limits.url_bytes:
                    self._refuse(self._too_large())

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self.cycle is not None:  # else it runs since the connection was made
            self.deadline = self.loop.time() + self.limits.header_seconds
        self._phase = Phase.HEADERS
        self._raw_bytes = self._header_bytes = 0
        self._checked = {}

    def on_url(self, url: bytes) -> None:
        """A part of the URL; raises Refusal where it is too long."""
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            text = f"a URL has at most {self.limits.url_bytes} bytes"
            raise Refusal(414, "URL_TOO_LONG", text)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; raises Refusal where there are too many of them, or a trailer."""
        if self._phase is not Phase.HEADERS:
            # uvicorn would add it to the headers, behind the back of a proxy that cleans them.
            raise _bad("headers after the body are not taken")
        name = name.lower()
        self.headers.append((name, value))
        self._header_bytes += len(name) + len(value) + PER_HEADER
        if name in CHECKED:
            if name in self._checked:
                raise _bad(f"the header {name.decode()} was sent twice")
            self._checked[name] = value
        limits = self.limits
        if self._header_bytes > limits.header_bytes or len(self.headers) > limits.headers:
            raise self._too_large()

    def on_headers_complete(self) -> None:
        """Start the application; raises Refusal where the head of the request will not do."""
        self._check(self.parser.get_http_version())
        self.expect_100_continue = b"expect" in self._checked
        waits = self.cycle is not None and not self.cycle.response_complete
        self._upgrades = not waits and self._opens_socket()
        super().on_headers_complete()
        if self._upgrades:
            return
        self._phase = Phase.BODY
        # A pipelined body is read once its turn has come.
        self.deadline = NEVER if waits else self.loop.time() + self.limits.body_seconds
        # An answer before the end of the body says that the connection ends with it.
        self._reusable = self.cycle.keep_alive
        self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The whole request is here."""
        if self._upgrades:
            return
        super().on_message_complete()
        self._phase = Phase.ANSWER
        self.deadline = NEVER
        self.cycle.keep_alive = self._reusable and self._keep_alive

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for one."""
        self.server_state.total_requests += 1
        if self._phase is Phase.CLOSING or self._socket.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            if cycle.more_body:
                self.deadline = self.loop.time() + self.limits.body_seconds
        elif self._refusal is not None:
            self._deliver(self._refusal)
        elif self._phase is Phase.ANSWER:
            self._phase = Phase.IDLE
            self.deadline = self.loop.time() + self.limits.idle_seconds

    # WebSockets

    def _opens_socket(self) -> bool:
        """Whether the request asks for a WebSocket and nothing but its head is to come."""
        plain = not self._checked.keys() & {b"content-length", b"transfer-encoding"}
        asks = self.parser.should_upgrade() and super()._should_upgrade()
        asks = asks and any(name == b"sec-websocket-key" for name, _ in self.headers)
        return asks and plain and self._keep_alive and self.parser.get_method() == b"GET"

    def _should_upgrade(self) -> bool:
        return self._upgrades

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the protocol of WebSockets, its place with it."""
        self.connections.discard(self)
        kind = cast(type[BoundedSocket], self.ws_protocol_class)
        made = kind(self.config, self.server_state, self.app_state)
        made.begin(self._socket, self.url, self.headers, self._leave)

    # What is refused

    def _check(self, version: str) -> None:
        found = self._checked
        if version not in VERSIONS:
            raise Refusal(505, "HTTP_VERSION", "this server speaks HTTP/1.1")
        if version == "1.1" and not found.get(b"host"):
            raise _bad("a request names its host")
        coding = found.get(b"transfer-encoding")
        if coding is not None and (version == "1.0" or coding.lower() != b"chunked"):
            raise _bad("the only transfer coding taken is chunked")
        if int(found.get(b"content-length", 0)) > self.limits.bulk_body_bytes:
            text = f"a body has at most {self.limits.bulk_body_bytes} bytes"
            raise Refusal(413, "BODY_TOO_LARGE", text)
        if found.get(b"expect", b"100-continue").lower() != b"100-continue":
            raise Refusal(417, "EXPECTATION_FAILED", "the only expectation met is 100-continue")
        if len(self.pipeline) >= PIPELINED:
            raise _bad(f"at most {PIPELINED} requests may wait on a connection")

    def _too_large(self) -> Refusal:
        limits = self.limits
        text = f"a request has at most {limits.headers} headers of {limits.header_bytes} bytes"
        return Refusal(431, "HEADERS_TOO_LARGE", text)

    def _refuse(self, refusal: Refusal) -> None:
        """Hear no more, and say why as soon as the requests before it are answered."""
        self._deaf = True
        self.deadline = NEVER
        if self._phase is Phase.BODY:
            waits = bool(self.pipeline) and self.pipeline[0][0] is self.cycle
            if waits:
                self.pipeline.popleft()
        else:
            waits = self.cycle is not None and not self.cycle.response_complete
        if waits:
            self._refusal = refusal
        else:
            self._deliver(refusal)

    def _deliver(self, refusal: Refusal) -> None:
        """Answer instead of the application, which hears that the client is gone."""
        begun = False
        if self._phase is Phase.BODY and self._refusal is None:
            begun = self.cycle.response_started
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not begun and not self._socket.is_closing():
            self._socket.write(_answer(refusal))
        self._close()


def protocol(limits: Limits, proxies: Proxies) -> type[BoundedProtocol]:
    """The protocol within these limits: uvicorn's ``http=``.

    Connections are counted in each process, by address, IPv6 by network of 64 bits. Those of
    ``proxies`` are not: they are shared by clients of many addresses.
    """
    found: Counter[str] = Counter()
    given = {"limits": limits, "proxies": proxies, "open_by_address": found}
    return type("Protocol", (BoundedProtocol,), given)


def _answer(refusal: Refusal) -> bytes:
    """The whole HTTP answer."""
    body = refusal.body()
    return b"".join(
        (
            STATUS_LINE[refusal.status],
            LINES_ON_EVERY_ANSWER,
            b"content-type: application/json\r\ncache-control: no-store\r\n",
            b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body),
            body,
        )
    )


def _bad(text: str) -> Refusal:
    return Refusal(400, "BAD_REQUEST", text)


def _late(text: str) -> Refusal:
    return Refusal(408, "REQUEST_TIMEOUT", text)
