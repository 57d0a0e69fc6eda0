"""HTTP responses: bodies, statuses, and the headers that caches and clients need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from graphql import GraphQLError
from starlette.types import Send

from erikti.cache import Answer
from erikti.endpoint.http.negotiation import GRAPHQL_JSON, JSON
from erikti.errors import STATUSES, ApiError
from erikti.masking import formatted
from erikti.telemetry.trace_context import trace_response
from schema.engine.cache_policy import CachePolicy

VARY = b"Accept, Accept-Language, Authorization, X-Purpose"
NO_STORE = (b"cache-control", b"no-store")


@dataclass
class Reply:
    """One HTTP response; ``headers`` are sent besides those of every response.

    A response without a ``body`` has no media type; ``media`` is one that was not negotiated.
    """

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    media: str | None = None

    @property
    def is_ordinary(self) -> bool:
        """Whether it has the status and the headers of a result that is not stored."""
        return self.status == 200 and self.media is None and self.headers == [NO_STORE]

    async def send(self, request_id: str, media: str | None, send: Send) -> None:
        """Send it in a media type, JSON if the client accepts none (ASGI)."""
        await self.send_traced(request_id, media, trace_response(), send)

    async def send_traced(
        self, request_id: str, media: str | None, trace: str | None, send: Send
    ) -> None:
        """Send it as part of a trace, if there is one (ASGI)."""
        headers = [(b"vary", VARY), *self.headers, (b"x-request-id", request_id.encode())]
        if self.body:
            headers.append((b"content-type", (self.media or media or JSON).encode()))
            headers.append((b"content-length", b"%d" % len(self.body)))
        if trace is not None:
            headers.append((b"traceresponse", trace.encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def rejected(error: ApiError) -> Reply:
    """The reply to a request that was rejected before it became an operation."""
    sent = [(name.encode(), value.encode()) for name, value in error.headers.items()]
    return Reply(error.status, error.body(), [NO_STORE, *sent])


def failed(
    errors: Sequence[GraphQLError], media: str | None, extensions: Mapping[str, object]
) -> Reply:
    """The reply to an operation that was not executed.

    The status follows the first error only in GraphQL's own media type: some clients read plain
    JSON only with status 200.
    """
    shown = formatted(errors)
    status = STATUSES[shown[0]["extensions"]["code"]] if media == GRAPHQL_JSON else 200
    body = orjson.dumps({"errors": shown, "extensions": extensions})
    return Reply(status, body, [NO_STORE])


def answered(
    method: str, headers: Mapping[str, str], answer: Answer, rule: CachePolicy, shared: bool
) -> Reply:
    """The reply with a response; ``shared`` if all callers get the same one."""
    if method == "POST":
        return Reply(200, answer.body, [NO_STORE])
    sent = [(b"cache-control", _cache_control(answer, rule, shared))]
    sent.append((b"etag", answer.etag.encode()))
    if answer.max_age:
        sent.append((b"age", b"%d" % answer.age))
    if _matches(headers.get("if-none-match", ""), answer.etag):
        return Reply(304, b"", sent)
    return Reply(200, answer.body, sent)


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
