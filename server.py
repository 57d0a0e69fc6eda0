"""The Starlette application: routes, health, metrics and lifespan."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from erikti.audit import AccessLog, Readings
from erikti.auth.authenticator import authenticator
from erikti.auth.demo import DemoKeys
from erikti.cache import ResponseCache, Valkey
from erikti.database.connection import opened, version
from erikti.database.sealed import use
from erikti.endpoint.http.error_boundary import ErrorBoundary
from erikti.endpoint.http.negotiation import GRAPHQL_JSON
from erikti.endpoint.http.service import METHODS, Endpoint
from erikti.endpoint.operations import Guards, Operations
from erikti.endpoint.websocket.sockets import Sockets
from erikti.guard.budget import Budget
from erikti.serving.http_protocol import DRAINING, ENDING
from erikti.settings import Settings, from_environment
from erikti.trusted_documents.lookup import TrustedDocuments
from erikti.trusted_documents.persisted_queries import PersistedQueries
from erikti.web import console
from models import readiness
from models.issuers import IssuerGuard
from resolvers.live_figures import LiveFigures
from resolvers.statistics import count
from schema import SDL, schema
from schema.engine.cache_policy import FIGURES

DEMO_ROLE = "analyst"
DEMO_NOTE = (
    "Demo mode: Headers hold a token of the role {role}, good for {minutes} minutes; load the page "
    "again for another. Personal data takes one of erikti token --as ministry, and X-Purpose, such "
    "as REGISTRATION."
)
# Headers that pages of other origins may send, and those of answers that they may read.
READ_HEADERS = (
    *("authorization", "content-type", "if-none-match", "traceparent", "tracestate"),
    *("x-purpose", "x-request-id", "apollo-require-preflight"),
)
TOLD_HEADERS = ("age", "etag", "retry-after", "traceresponse", "www-authenticate", "x-request-id")
# New objects between two looks for garbage, and how many looks until one goes further back:
# so that nobody waits for long while it lasts.
COLLECT_AFTER = (20_000, 5, 10)


def create_app(settings: Settings) -> Starlette:
    """The application for these settings."""
    use(settings.keyring())
    schema.limit(settings.limits)
    key = settings.signing_key()
    # Versions with another schema, or another key for cursors, must not share answers.
    secret = key + SDL.read_bytes()
    valkey = Valkey(settings.cache_url) if settings.cache_url else None
    cache = ResponseCache(valkey, secret=secret) if settings.response_cache else None
    guards = _guards(settings, valkey)
    figures = LiveFigures(count, settings.limits, partial(_sign, cache))
    operations = Operations(key, guards, figures)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:  # noqa: ARG001
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_database(settings))
            if valkey is not None:
                stack.push_async_callback(valkey.close)
            if cache is not None:
                stack.push_async_callback(cache.close)
            await stack.enter_async_context(guards.access_log)
            await stack.enter_async_context(guards.readings.running())
            stack.push_async_callback(figures.close)
            yield {ENDING: asyncio.Event()}

    here, apart = _metrics_at(settings, guards.access_log, cache)
    routes: list[BaseRoute] = [
        Route("/graphql", Endpoint(operations, guards, cache, _page(settings))),
        WebSocketRoute("/graphql", Sockets(operations, guards)),
        Route("/", lambda _: RedirectResponse("/graphql")),
        Route("/healthz/live", _live),
        Route("/healthz/ready", partial(_ready, settings, guards.access_log)),
        Mount(console.ASSETS_URL, StaticFiles(directory=console.ASSETS)),
        *here,
    ]
    made = Starlette(routes=routes, lifespan=lifespan, middleware=[*_middleware(settings), *apart])
    made.router.redirect_slashes = False  # a redirection would repeat what the URL holds
    return made


def _metrics_at(
    settings: Settings, log: AccessLog, cache: ResponseCache | None
) -> tuple[list[Route], list[Middleware]]:
    """The routes of metrics beside the others, and what keeps them at an address of their own."""
    routes = [Route("/metrics", partial(_metrics, settings, log, cache))]
    if settings.metrics is None:
        return ([] if settings.production else routes), []
    other = Starlette(routes=routes)
    return [], [Middleware(Apart, port=settings.metrics[1], other=other)]


@dataclass(frozen=True)
class Apart:
    """Two applications (ASGI): ``other`` at a port of its own, and ``app`` at every other."""

    app: ASGIApp
    port: int
    other: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the application at the port where it came in."""
        here = scope.get("server")
        app = self.other if here and here[1] == self.port else self.app
        await app(scope, receive, send)


def _middleware(settings: Settings) -> list[Middleware]:
    """What is around every route, the outermost first."""
    add_compress_type(GRAPHQL_JSON)
    add_compress_type("multipart/mixed", streaming=True)  # each part at once
    around = [Middleware(ErrorBoundary), Middleware(CompressMiddleware)]
    if settings.cors_origins:
        # No cookies and so no credentials: pages of these origins show a token, or are strangers.
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=METHODS,
            allow_headers=READ_HEADERS,
            expose_headers=TOLD_HEADERS,
        )
        around.insert(0, cors)
    return around


async def _sign(cache: ResponseCache | None) -> Any:
    """What is another once the figures may have changed: what tells the caches, or else what
    the database itself shows of writes."""
    dropped = await cache.state(FIGURES) if cache is not None else None
    return await version() if dropped is None else dropped


async def _live(_: Request) -> Response:
    # Not a plain function, which Starlette would call in a thread: it would wait for others.
    return JSONResponse({"status": "live"})


async def _ready(settings: Settings, log: AccessLog, request: Request) -> Response:
    if getattr(request.state, DRAINING, False):
        return JSONResponse({"status": "stopping"}, 503)
    reason = await readiness.unreadiness(settings.database_url, settings.oidc_issuer)
    if reason:
        return JSONResponse({"status": "unavailable", "reason": reason}, 503)
    if reason := await _impairment(settings, log):
        # In service all the same: what is public can be read.
        return JSONResponse({"status": "degraded", "reason": f"no personal data: {reason}"})
    return JSONResponse({"status": "ready"})


async def _impairment(settings: Settings, log: AccessLog) -> str | None:
    """Why no personal data can be given out now, None where they can."""
    if reason := await readiness.impairment():
        return reason
    places = {"the folder of checkpoints": settings.checkpoints}
    if settings.embedded:
        path = settings.database_url.removeprefix("sqlite://").partition("?")[0]
        places["the database"] = Path(path).parent
    for name, folder in places.items():
        if reason := await readiness.unwritable(folder):
            return f"{name} cannot be used: {reason}"
    return None if log.available else "the access log cannot be written"


async def _metrics(
    settings: Settings,
    log: AccessLog,
    cache: ResponseCache | None,
    request: Request,  # noqa: ARG001
) -> Response:
    figures = {f"response_cache_{name}": n for name, n in (cache.metrics if cache else {}).items()}
    figures["degraded"] = await _impairment(settings, log) is not None
    lines = (f"erikti_{name} {n:d}\n" for name, n in figures.items())
    return PlainTextResponse("".join(lines))


def _page(settings: Settings) -> Callable[[], HTMLResponse]:
    """What makes GraphiQL for a visit: with a token in demo mode, and else never with one."""
    if settings.production or settings.oidc_issuer is not None:
        return console.page
    keys, seconds = DemoKeys(settings.data), settings.limits.token_seconds
    note = DEMO_NOTE.format(role=DEMO_ROLE, minutes=int(seconds / 60))

    def page() -> HTMLResponse:
        token = keys.token(DEMO_ROLE, settings.oidc_audience, {}, seconds)
        return console.page(token, note)

    return page


def _database(settings: Settings) -> AbstractAsyncContextManager[None]:
    return opened(
        settings.database_url,
        statement_seconds=settings.limits.statement_seconds,
        connection_seconds=settings.limits.connection_seconds,
        connections=settings.limits.connections,
    )


def _guards(settings: Settings, valkey: Valkey | None) -> Guards:
    """What every request has to pass."""
    limits = settings.limits
    identify = authenticator(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.data,
        proxies=settings.proxies,
        bound=settings.bound_tokens,
        lifetime=limits.token_seconds,
        size=limits.token_bytes,
    )
    person_key = settings.person_key()
    log = AccessLog(
        settings.database_url,
        person_key=person_key,
        key=settings.audit_key,
        checkpoints=settings.checkpoints,
    )
    return Guards(
        identify,
        log,
        Budget(limits.budget_seconds, valkey),
        limits,
        person_key,
        Readings(log),
        proxies=settings.proxies,
        production=settings.production,
        fitness=IssuerGuard(settings.oidc_issuer),
        documents=TrustedDocuments(
            settings.trusted_clients,
            automatic=PersistedQueries(valkey, on=settings.automatic_documents),
        ),
    )


def app() -> Starlette:
    """The application for the environment: what the workers of ``erikti serve`` start."""
    made = create_app(from_environment())
    # The schema stays for good; looking through it for garbage would cost every request.
    gc.collect()
    gc.freeze()
    gc.enable()  # erikti/serving/worker.py disables it until here
    gc.set_threshold(*COLLECT_AFTER)
    return made
