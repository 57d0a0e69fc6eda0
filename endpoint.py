"""GraphQL over HTTP: plain requests straight from bytes to bytes, all others by Strawberry."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

import orjson
from babel import negotiate_locale
from cross_web import HTTPException
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

import console
from cache import Answer, ResponseCache, request_key
from models.people import Language
from resolvers.context import Context
from schema import schema
from schema.cache_policy import NOT_KEPT, CachePolicy, policy

PLAIN = {"query", "variables", "operationName"}
ALLOWED = {"POST": (OperationType.QUERY, OperationType.MUTATION), "GET": (OperationType.QUERY,)}
VARY = b"Accept, Accept-Language, Authorization"
UNUSABLE = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)


@dataclass(frozen=True)
class PlainRequest:
    """One operation and what its answer depends on."""

    method: str
    text: str
    variables: dict[str, Any] | None
    operation: str | None
    language: Language


class Endpoint(GraphQL[Context, None]):
    """The GraphQL endpoint.

    Single operations in JSON or in a URL are answered here, from the cache of answers where
    their policy allows it; whatever else there is, GraphiQL and bad requests included, is
    left to Strawberry's view.
    """

    def __init__(self, cursor_key: bytes, max_page: int, cache: ResponseCache | None) -> None:
        super().__init__(schema, graphql_ide="graphiql", subscription_protocols=())
        self._cursor_key = cursor_key
        self._max_page = max_page
        self._cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        headers = Headers(scope=scope)
        request = None
        if scope["type"] == "http" and scope["method"] == "GET":
            request = _from_url(scope, headers)
        elif scope["type"] == "http" and scope["method"] == "POST" and _is_json(headers):
            body = await _body(receive)
            request = _from_body(body, headers)
            receive = _again(body, receive)
        if request is not None:
            try:
                answer, rule = await self._answer(request)
            except UNUSABLE:
                pass
            else:
                await _send(request, headers, answer, rule, send)
                return
        await super().__call__(scope, receive, send)

    async def _answer(self, request: PlainRequest) -> tuple[Answer, CachePolicy]:
        rule = _policy(request)
        keeps = self._cache is not None and rule.keeps

        async def compute() -> Answer:
            result = await schema.execute(
                request.text,
                request.variables,
                self._context(request.language),
                operation_name=request.operation,
                allowed_operation_types=ALLOWED[request.method],
            )
            shown: dict[str, Any] = {"data": result.data}
            if result.errors:
                shown["errors"] = [error.formatted for error in result.errors]
            body = orjson.dumps(shown)
            tagged = keeps or request.method == "GET"
            return Answer(
                body,
                f'"{blake2b(body, digest_size=16).hexdigest()}"' if tagged else "",
                rule.max_age if rule.keeps and not result.errors else 0,
            )

        if self._cache is None or not keeps:
            return await compute(), rule
        key = request_key(
            request.text,
            request.operation,
            request.variables,
            request.language,
            [request.method, str(self._max_page)],
        )
        return await self._cache.answer(key, rule.tags, compute), rule

    def _context(self, language: Language) -> Context:
        return Context(language, self._cursor_key, self._max_page)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """A fresh context, so that loaders never outlive their operation."""
        return self._context(language(request.headers.get("accept-language", "")))

    def parse_json(self, data: str | bytes) -> Any:
        """The body's JSON; raises HTTPException 400 where it is none, or no object."""
        try:
            body = orjson.loads(data)
        except ValueError as error:
            raise HTTPException(400, "Unable to parse request body as JSON") from error
        if not isinstance(body, dict | list):
            raise HTTPException(400, "The body must be a JSON object")
        return body

    def encode_json(self, data: object) -> bytes:
        """An answer as bytes."""
        return orjson.dumps(data)

    async def render_graphql_ide(self, request: Request) -> Response:
        """GraphiQL without any other host."""
        return console.page()


def _policy(request: PlainRequest) -> CachePolicy:
    """The policy of an answer; mutations and what cannot be executed are never kept."""
    document = schema.documents.find(request.text)
    found: CachePolicy | None = document.notes.get(request.operation)
    if found is None:
        asked = None if document.errors else document.asked(request.operation)
        if asked is None:
            return NOT_KEPT
        found = document.notes[request.operation] = policy(asked)
    return found


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/json"


def _from_body(body: bytes, headers: Headers) -> PlainRequest | None:
    try:
        given = orjson.loads(body)
    except ValueError:
        return None
    return _plain("POST", given, headers) if isinstance(given, dict) else None


def _from_url(scope: Scope, headers: Headers) -> PlainRequest | None:
    if "text/html" in headers.get("accept", ""):
        return None
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    given: dict[str, Any] = dict(pairs)
    try:
        if "variables" in given:
            given["variables"] = orjson.loads(given["variables"])
    except ValueError:
        return None
    return _plain("GET", given, headers) if len(given) == len(pairs) else None


def _plain(method: str, given: Mapping[str, Any], headers: Headers) -> PlainRequest | None:
    text, variables, name = (given.get(key) for key in ("query", "variables", "operationName"))
    if not given.keys() <= PLAIN or not isinstance(text, str) or not text:
        return None
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        return None
    return PlainRequest(method, text, variables, name, language(headers.get("accept-language", "")))


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A channel that gives a body that was read already."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _send(
    request: PlainRequest, headers: Headers, answer: Answer, rule: CachePolicy, send: Send
) -> None:
    status, body = 200, answer.body
    sent = [(b"content-type", b"application/json"), (b"vary", VARY)]
    if request.method == "GET":
        sent += [(b"cache-control", _cache_control(answer, rule)), (b"etag", answer.etag.encode())]
        if answer.max_age:
            sent.append((b"age", str(answer.age).encode()))
        if _matches(headers.get("if-none-match", ""), answer.etag):
            status, body = 304, b""
    else:
        sent.append((b"cache-control", b"no-store"))
    if status == 200:
        sent.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


def _cache_control(answer: Answer, rule: CachePolicy) -> bytes:
    if rule.private:
        return b"no-store"
    return f"public, max-age={answer.max_age}".encode() if answer.max_age else b"no-cache"


def _matches(header: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names the answer (RFC 9110, weak comparison)."""
    known = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in known or etag in known


@lru_cache(maxsize=1000)
def language(header: str) -> Language:
    """The first of our languages in an ``Accept-Language`` header, Kazakh without one."""
    wishes = [wish.partition(";") for wish in header.replace(" ", "").split(",") if wish]
    ordered = sorted(wishes, key=lambda wish: -_quality(wish[2]))
    tags = [tag.partition("-")[0].lower() for tag, _, parameter in ordered if _quality(parameter)]
    return Language(negotiate_locale(tags, list(Language)) or Language.KK)


def _quality(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return 0.0
