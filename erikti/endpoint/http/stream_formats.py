"""Formats of a response in parts: media types, and how parts are written.

Server-sent events as GraphQL over SSE has them (distinct connections), and multipart/mixed as
Apollo's clients and the proposals for incremental delivery have it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import ClassVar

import orjson
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from erikti.endpoint.http.incremental_formats import Draft2022, as_specified
from erikti.endpoint.http.negotiation import ANSWERS, Range, quality_of, ranges
from erikti.endpoint.http.replies import Reply
from erikti.endpoint.results import Deliver, extended, failure
from erikti.errors import ApiError
from schema.engine.engine import Prepared
from schema.engine.incremental import is_incremental

EVENTS = "text/event-stream"
MULTIPART = "multipart/mixed"
FINAL = (400, 403)  # statuses of errors that a repeated request meets again


class Form:
    """How a response in parts is written; ``deliver`` writes parts of ``@defer``, ``@stream``."""

    media: str
    head: ClassVar[bytes]
    sign: ClassVar[bytes]  # keeps the connection open
    end: ClassVar[bytes]
    deliver: Deliver | None = None

    def part(self, body: bytes) -> bytes:
        """One result."""
        raise NotImplementedError

    def failed(self, body: bytes) -> bytes:
        """The last part of a failed operation: a result of errors alone."""
        return self.part(body)


class Events(Form):
    """Server-sent events."""

    media = EVENTS
    head = sign = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    def part(self, body: bytes) -> bytes:
        """One event."""
        return b"event: next\ndata: %b\n\n" % body


class Parts(Form):
    """multipart/mixed; each part is sent with the boundary that ends it."""

    media = f'{MULTIPART}; boundary="graphql"'
    head = b"--graphql"
    end = b"--\r\n"
    sign = b""

    def part(self, body: bytes) -> bytes:
        """One part."""
        head = b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
        return b"%b%b\r\n--graphql" % (head, body)


class Delivered(Parts):
    """The parts of an operation with ``@defer`` or ``@stream``."""

    def __init__(self, specification: str) -> None:
        self.media = f"{Parts.media}; {specification}"
        self.deliver = Draft2022() if specification.startswith("deferSpec") else as_specified


class Subscribed(Parts):
    """Apollo's multipart protocol for subscriptions."""

    media = f"{Parts.media}; subscriptionSpec=1.0"
    sign = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"

    def part(self, body: bytes) -> bytes:
        """One result."""
        return super().part(b'{"payload":%b}' % body)

    def failed(self, body: bytes) -> bytes:
        """Errors beside the payload end the subscription."""
        return super().part(orjson.dumps({"payload": None, **orjson.loads(body)}))


def takes_parts(accept: str) -> bool:
    """Whether a client accepts a stream by name."""
    return bool(_streams(accept))


@lru_cache(maxsize=1000)
def _streams(accept: str) -> tuple[Range, ...]:
    named = [one for one in ranges(accept) if one.media in (EVENTS, MULTIPART) and one.quality]
    return tuple(sorted(named, key=lambda one: -one.quality))


def refused(
    accept: str, errors: Sequence[GraphQLError], extensions: Mapping[str, object]
) -> Reply | None:
    """The refusal of an operation as a stream of events, as the reference of GraphQL over SSE
    reports it; None for clients that do not prefer events to JSON.

    Its clients retry after any other status than 200, and never see the message. What a retry may
    cure keeps its status: a spent budget, a service that is down, a token that expired.
    """
    streams = _streams(accept)
    events = bool(streams) and streams[0].media == EVENTS
    if not events or not _is_preferred(streams[0], accept) or any(map(_may_pass, errors)):
        return None
    body = Events.head + Events().failed(extended(failure(errors), extensions)) + Events.end
    return Reply(200, body, [(b"cache-control", b"no-store")], EVENTS)


def _may_pass(error: GraphQLError) -> bool:
    """Whether the same request may be admitted later, or by another method."""
    status = error.status if isinstance(error, ApiError) else 400
    return status not in FINAL


def form(accept: str, prepared: Prepared) -> Form | None:
    """The format of a response in parts; None for a response in one piece.

    A stream must be preferred to JSON: many clients list all that they could read.
    """
    streams = _streams(accept)
    if not streams:
        return None
    if prepared.type is OperationType.SUBSCRIPTION:
        return _of(streams[0], subscribed=True)
    multipart = next((one for one in streams if one.media == MULTIPART), None)
    if multipart is not None and is_incremental(prepared.document):
        return _of(multipart, subscribed=False)
    return _of(streams[0], subscribed=False) if prefers_parts(accept) else None


def prefers_parts(accept: str) -> bool:
    """Whether a client prefers a stream to JSON, whatever the operation."""
    streams = _streams(accept)
    return bool(streams) and _is_preferred(streams[0], accept)


def _is_preferred(stream: Range, accept: str) -> bool:
    return stream.quality > max(quality_of(accept, answer) for answer in ANSWERS)


def _of(one: Range, subscribed: bool) -> Form:
    if one.media == EVENTS:
        return Events()
    if subscribed:
        return Subscribed() if "subscriptionspec" in one.parameters else Parts()
    # Clients that name no draft were written for the first.
    new = "incrementalspec" in one.parameters
    return Delivered("incrementalSpec=v0.2" if new else "deferSpec=20220824")
