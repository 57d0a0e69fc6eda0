"""The forms of an answer that comes in parts: media types, and how parts are written.

Server-sent events as GraphQL over SSE has them (distinct connections), and multipart/mixed as
Apollo's clients and the proposals for incremental delivery have it.
"""

from functools import lru_cache
from typing import ClassVar

import orjson
from strawberry.types.graphql import OperationType

from erikti.endpoint.http.incremental_formats import Deliver, Draft2022, as_specified
from erikti.endpoint.http.negotiation import ANSWERS, Range, ranges, wished
from schema.engine.engine import Prepared
from schema.engine.incremental import wishes_parts

EVENTS = "text/event-stream"
MULTIPART = "multipart/mixed"


class Form:
    """How an answer in parts is written; ``deliver`` writes parts that a document wishes."""

    media: str
    head: ClassVar[bytes]
    sign: ClassVar[bytes]  # of life
    end: ClassVar[bytes]
    deliver: Deliver | None = None

    def part(self, body: bytes) -> bytes:
        """One result."""
        raise NotImplementedError

    def failed(self, body: bytes) -> bytes:
        """The last part of what cannot go on: a result of errors alone."""
        return self.part(body)


class Events(Form):
    """Server-sent events, with lines that end as every reader expects."""

    media = EVENTS
    head = sign = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    def part(self, body: bytes) -> bytes:
        """One event."""
        return b"event: next\ndata: %b\n\n" % body


class Parts(Form):
    """multipart/mixed; what separates parts goes out with the one before, which ends by it."""

    media = f'{MULTIPART}; boundary="graphql"'
    head = b"--graphql"
    end = b"--\r\n"
    sign = b""

    def part(self, body: bytes) -> bytes:
        """One part."""
        head = b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
        return b"%b%b\r\n--graphql" % (head, body)


class Delivered(Parts):
    """The parts of an operation that wishes them."""

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
    """Whether a caller names a form of parts that it takes."""
    return bool(_streams(accept))


@lru_cache(maxsize=1000)
def _streams(accept: str) -> tuple[Range, ...]:
    named = [wish for wish in ranges(accept) if wish.media in (EVENTS, MULTIPART) and wish.quality]
    return tuple(sorted(named, key=lambda wish: -wish.quality))


def form(accept: str, prepared: Prepared) -> Form | None:
    """In which form a caller is answered in parts; None where all comes at once, if it can.

    A stream is for who wishes it more than the whole: many clients list what they could read.
    """
    streams = _streams(accept)
    if not streams:
        return None
    if prepared.type is OperationType.SUBSCRIPTION:
        return _of(streams[0], subscribed=True)
    multipart = next((wish for wish in streams if wish.media == MULTIPART), None)
    if multipart is not None and wishes_parts(prepared.document):
        return _of(multipart, subscribed=False)
    best = max(wished(accept, answer) for answer in ANSWERS)
    return _of(streams[0], subscribed=False) if streams[0].quality > best else None


def _of(wish: Range, subscribed: bool) -> Form:
    if wish.media == EVENTS:
        return Events()
    if subscribed:
        return Subscribed() if "subscriptionspec" in wish.parameters else Parts()
    # Whoever names no draft was written for the first.
    new = "incrementalspec" in wish.parameters
    return Delivered("incrementalSpec=v0.2" if new else "deferSpec=20220824")
