"""The headers of a response, as the middleware would send them.

They are taken from a response that passes through the real middleware once for each set of request
headers, so cross-origin headers, content codings and ``Vary`` have one source.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from erikti.endpoint.http.replies import NO_STORE, Reply
from erikti.endpoint.http.streams import Stream

Header: TypeAlias = tuple[bytes, bytes]
COMPRESSED_FROM = 500  # bytes of a body
ID, TRACE = "-", "--"  # in place of the values
LENGTH = b"content-length"


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of a response of some length: those before and after the ones that vary.

    ``coding`` is the content coding of its body, empty for none.
    """

    before: Sequence[Header]
    between: Sequence[Header]
    after: Sequence[Header]
    coding: bytes

    async def send(self, request_id: str, body: bytes, trace: bytes | None, send: Send) -> None:
        """Send one response (ASGI)."""
        varying = [(b"x-request-id", request_id.encode()), *self.between]
        varying.append((LENGTH, b"%d" % len(body)))
        if trace is not None:
            varying.append((b"traceresponse", trace))
        headers = [*self.before, *varying, *self.after]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Heads:
    """Makes the heads of responses with the middleware ``around`` the endpoint."""

    def __init__(self, around: Callable[[ASGIApp], ASGIApp]) -> None:
        self._around = around

    async def head(self, headers: Iterable[Header], media: str, length: int) -> Head:
        """Return the head of a response of this length to a request with these headers."""

        async def endpoint(_: Scope, __: Receive, send: Send) -> None:
            reply = Reply(200, b" " * length, [NO_STORE])
            await reply.send_traced(ID, media, TRACE, send)

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "headers": list(headers)}
        await self._around(endpoint)(scope, _nothing, send)
        return _head(sent[0]["headers"])

    async def send(
        self, reply: Reply | Stream, request_id: str, media: str, scope: Scope, send: Send
    ) -> None:
        """Send any other reply through the middleware (ASGI)."""

        async def endpoint(_: Scope, __: Receive, send: Send) -> None:
            await reply.send(request_id, media, send)

        await self._around(endpoint)(scope, _nothing, send)


def _head(headers: Sequence[Header]) -> Head:
    names = [name for name, _ in headers]
    number, length, trace = map(names.index, (b"x-request-id", LENGTH, b"traceresponse"))
    assert number < length == trace - 1, "the order in which Reply sends them"
    coding = dict(headers).get(b"content-encoding", b"")
    return Head(headers[:number], headers[number + 1 : length], headers[trace + 1 :], coding)


async def _nothing() -> Message:
    raise AssertionError("the middleware reads no body")
