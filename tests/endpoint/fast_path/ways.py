"""An application whose two ways tests can compare, and requests to it."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import brotli
import httpx
import uvicorn
import zstandard
from starlette.types import ASGIApp, Message
from uvicorn.server import ServerState

from erikti.cache import ResponseCache
from erikti.endpoint.http.application import Application
from erikti.endpoint.http.fast_path.entrance import FastPath
from erikti.guard.limits import Limits
from erikti.serving.addresses import NO_PROXIES
from erikti.serving.headers import ON_EVERY_ANSWER
from erikti.serving.http_protocol import protocol
from erikti.settings import Settings
from server import create_app
from tests.support.databases import KEYS

ORIGIN = "https://dashboard.example"
Headers = Mapping[str, str]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
GRAPHQL = "application/graphql-response+json"
BROWSER = {
    "accept": f"{GRAPHQL}, application/json;q=0.9",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "ru,en;q=0.8",
    "apollographql-client-name": "dashboard",
    "apollographql-client-version": "1.0",
    "origin": ORIGIN,
    "referer": f"{ORIGIN}/",
    "sec-fetch-mode": "cors",
    "traceparent": TRACE,
    "tracestate": "vendor=1",
    "user-agent": "Mozilla/5.0",
    "x-request-id": "0193b8a2-aaaa-7000-8000-0123456789ab",
}
GATEWAY = {
    "accept": "application/json",
    "accept-encoding": "gzip, br",
    "traceparent": TRACE,
    "x-datadog-trace-id": "1",
    "x-forwarded-for": "192.0.2.1",
    "x-request-id": "REQ-1",
}
HEADERS: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "browser": BROWSER,
    "gateway": GATEWAY,
    "origin": {"origin": ORIGIN},
    "other origin": {"origin": "https://elsewhere.example"},
    "charset": {"content-type": "application/json; charset=utf-8"},
    "stream accepted": {"accept": "multipart/mixed;deferSpec=20220824, application/json"},
    "a strange id": {"x-request-id": "person 860101350147"},
    **{f"{coding} only": {"accept-encoding": coding} for coding in ("gzip", "br", "zstd")},
    "no coding": {"accept-encoding": "identity, gzip;q=0"},
    "purpose": {"x-purpose": "REG-2026-17", "accept-language": "en"},
}
READERS = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "": lambda body: body,
}


class Ways:
    """The application, with a client of it and a client of its full way only."""

    def __init__(self, app: Application) -> None:
        assert app.fast_path is not None
        self.app = app
        self.fast_path: FastPath = app.fast_path
        self.client, self.full = map(client_of, (app, app.full_way))

    @property
    def cache(self) -> ResponseCache:
        """The response cache."""
        assert self.fast_path._cache is not None
        return self.fast_path._cache

    async def post(self, body: object, headers: Headers | None = None) -> httpx.Response:
        """Send a body, which is JSON unless it is bytes."""
        return await post(self.client, body, headers)

    async def counted(
        self, counter: str, body: object, headers: Headers | None = None
    ) -> tuple[httpx.Response, int]:
        """Send a body; return by how much a counter of the fast path rose."""
        before = getattr(self.fast_path, counter)
        response = await self.post(body, headers)
        return response, getattr(self.fast_path, counter) - before

    async def fast(self, body: object, headers: Headers | None = None) -> httpx.Response:
        """Send a body that takes the fast path."""
        response, rise = await self.counted("hits", body, headers)
        assert rise == 1, response.text
        return response

    async def slow(self, body: object, headers: Headers | None = None) -> httpx.Response:
        """Send a body that takes the full way."""
        response, rise = await self.counted("hits", body, headers)
        assert rise == 0, response.text
        return response

    async def warm(
        self, body: object, headers: Headers | None = None, counter: str = "hits"
    ) -> httpx.Response:
        """Send a body until it takes the fast path."""
        for _ in range(3):
            response, rise = await self.counted(counter, body, headers)
            if rise:
                return response
        raise AssertionError(response.text)


def client_of(app: Any) -> httpx.AsyncClient:
    """A client of an ASGI application that sends no headers of its own besides the necessary."""
    made = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://erikti")
    for name in ("accept", "accept-encoding", "user-agent"):
        del made.headers[name]
    return made


async def post(
    client: httpx.AsyncClient, body: object, headers: Headers | None = None
) -> httpx.Response:
    """Send a body, which is JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": "application/json", **(headers or {})}
    return await client.post("/graphql", content=content, headers=named)


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application behind the real protocol."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http=protocol(Limits(), NO_PROXIES),
        lifespan="off",
        log_level="warning",
        server_header=False,
        headers=list(ON_EVERY_ANSWER),
    )
    config.load()
    kind: Any = config.http_protocol_class
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: kind(config, ServerState(), {}), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@asynccontextmanager
async def ways(url: str, data: Path, **settings: Any) -> AsyncIterator[Ways]:
    """An application for a database, its lifespan running."""
    given = {"keys": KEYS, "cors_origins": (ORIGIN,), **settings}
    app = create_app(Settings("127.0.0.1", 0, data, url, "", **given))
    async with app.router.lifespan_context(app):
        made = Ways(app)
        async with made.client, made.full:
            yield made


def error(response: httpx.Response) -> str:
    """The code of the first error."""
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


def shown(response: httpx.Response, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What two responses have in common: not ids that the server made, nor what is left."""
    headers = dict(response.headers.raw)
    assert headers.get(b"content-length", b"%d" % len(body)) == b"%d" % len(body)
    whole = READERS[headers.get(b"content-encoding", b"").decode()](body)
    headers = {**headers, b"content-length": b"of the body"}
    headers.pop(b"date", None)
    given = response.request.headers.get("x-request-id", "")
    if headers[b"x-request-id"].decode() != given:
        headers[b"x-request-id"] = b"made"
    headers.pop(b"retry-after", None)
    masked = re.sub(rb'"budget":{"limit":(\d+),"remaining":\d+,"resetsAt":"[^"]+"}', rb"\1", whole)
    masked = re.sub(rb'"(ftv1|correlationId)":"[^"]+"', rb"\1", masked)
    return response.status_code, list(headers.items()), masked


async def raw(client: httpx.AsyncClient, body: object, headers: Mapping[str, str]) -> Any:
    """The response to a body, not decompressed."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": "application/json", **headers}
    async with client.stream("POST", "/graphql", content=content, headers=named) as response:
        got = b"".join([part async for part in response.aiter_raw()])
    return shown(response, got)


async def ids(way: Ways, caller: Mapping[str, str]) -> list[str]:
    """The ids of volunteers."""
    found = await way.post({"query": "{ volunteers(first: 5) { nodes { id } } }"}, caller)
    return [node["id"] for node in found.json()["data"]["volunteers"]["nodes"]]


async def written(way: Ways, body: object, caller: Headers) -> httpx.Response:
    """The response to a body that the database writes anew."""
    response, rise = await way.counted("written", body, caller)
    assert rise == 1, response.text
    return response


async def warm(way: Ways, body: object, caller: Headers) -> httpx.Response:
    """The first response to a body that the database writes anew."""
    return await way.warm(body, caller, "written")


async def left_alone(way: Ways, body: object, caller: Headers) -> httpx.Response:
    """The response to a body that the endpoint answers."""
    response, rise = await way.counted("written", body, caller)
    assert rise == 0, response.text
    return response


class Endless:
    """Work without an end: sets ``begun``, and ``ended`` when it is cancelled."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self, *_: object, **__: object) -> None:
        """Wait until it is cancelled."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def leave(app: ASGIApp, body: object = None, begun: asyncio.Event | None = None) -> None:
    """Send a body and disconnect when work has begun, or at once; fail if anything is sent."""
    content = json.dumps(body).encode()
    messages: list[Message] = [] if body is None else [{"type": "http.request", "body": content}]

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        if begun is not None:
            await begun.wait()
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        raise AssertionError("nothing is sent")

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    async with asyncio.timeout(10):
        await app(scope, receive, send)
