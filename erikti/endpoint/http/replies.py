"""What goes back: bodies, statuses and the headers that caches and clients need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Send

from erikti.cache import Answer
from erikti.endpoint.http.negotiation import GRAPHQL_JSON, JSON
from erikti.guard.refusals import OF_REQUESTS, Refusal
from erikti.telemetry.trace_context import trace_response
from resolvers.errors import CODES
from schema.engine.cache_policy import CachePolicy
from schema.engine.errors import hidden

VARY = b"Accept, Accept-Language, Authorization, X-Purpose"
KNOWN = CODES | OF_REQUESTS
# Of errors before an operation begins, where the media type lets the status tell them.
STATUSES = {"FORBIDDEN": 403, "UNAVAILABLE": 503, "INTERNAL": 500}


@dataclass
class Reply:
    """One HTTP answer; ``headers`` come besides those that every answer has.

    An answer without a ``body`` has no media type either.
    """

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def send(self, request_id: str, media: str | None, send: Send) -> None:
        """Send it in a media type, JSON where the caller takes none of ours (ASGI)."""
        headers = [(b"vary", VARY), *self.headers, (b"x-request-id", request_id.encode())]
        if self.body:
            headers.append((b"content-type", (media or JSON).encode()))
            headers.append((b"content-length", b"%d" % len(self.body)))
        trace = trace_response()
        if trace is not None:
            headers.append((b"traceresponse", trace.encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def refused(refusal: Refusal, **headers: str) -> Reply:
    """The reply to a request that is none, or whose caller may not make it now."""
    refusal = told(refusal)
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Reply(refusal.status, refusal.body(), [(b"cache-control", b"no-store"), *sent])


def told(refusal: Refusal) -> Refusal:
    """A refusal as it leaves: one whose code is not among those documented is masked."""
    if refusal.code in KNOWN:
        return refusal
    error = hidden(refusal)
    return Refusal(500, text=error.message, **(error.extensions or {}))


def failed(
    errors: Sequence[GraphQLError], media: str | None, extensions: Mapping[str, Any]
) -> Reply:
    """The reply to an operation that was not begun.

    The status tells of it in GraphQL's own media type alone: of plain JSON some clients
    read only what comes with 200.
    """
    shown = presented(errors)
    code = shown[0]["extensions"]["code"]
    status = STATUSES.get(code, 400) if media == GRAPHQL_JSON else 200
    body = orjson.dumps({"errors": shown, "extensions": extensions})
    return Reply(status, body, [(b"cache-control", b"no-store")])


def presented(errors: Sequence[GraphQLError]) -> list[Any]:
    """Errors as they leave: one whose code is not among those documented is masked."""
    known = ((error.extensions or {}).get("code") in CODES for error in errors)
    pairs = zip(errors, known, strict=True)
    return [(error if ok else hidden(error, error)).formatted for error, ok in pairs]


def dumped(data: Any, errors: Sequence[GraphQLError]) -> bytes:
    """The bytes of an answer, its errors as they leave."""
    shown: dict[str, Any] = {"data": data}
    if errors:
        shown["errors"] = presented(errors)
    return orjson.dumps(shown)


def answered(
    method: str, headers: Mapping[str, str], answer: Answer, rule: CachePolicy, shared: bool
) -> Reply:
    """The reply with an answer; ``shared`` says that everyone who asks the same gets it."""
    if method == "POST":
        return Reply(200, answer.body, [(b"cache-control", b"no-store")])
    sent = [(b"cache-control", _cache_control(answer, rule, shared))]
    sent.append((b"etag", answer.etag.encode()))
    if answer.max_age:
        sent.append((b"age", b"%d" % answer.age))
    if _matches(headers.get("if-none-match", ""), answer.etag):
        return Reply(304, b"", sent)
    return Reply(200, answer.body, sent)


def extended(body: bytes, extensions: Mapping[str, Any]) -> bytes:
    """An answer's bytes with extensions, which are the caller's own."""
    return b'%b,"extensions":%b}' % (body[:-1], orjson.dumps(extensions)) if extensions else body


def _cache_control(answer: Answer, rule: CachePolicy, shared: bool) -> bytes:
    if rule.private:
        return b"no-store"
    if not answer.max_age:
        return b"no-cache"
    return b"%b, max-age=%d" % (b"public" if shared else b"private", answer.max_age)


def _matches(header: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names the answer (RFC 9110, weak comparison)."""
    known = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in known or etag.removeprefix("W/") in known
