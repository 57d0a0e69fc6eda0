"""The Starlette application, assembled from settings."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type

from erikti.audit import AccessLog, Readings
from erikti.auth.authenticator import authenticator
from erikti.cache import ResponseCache, Valkey
from erikti.database.connection import Database
from erikti.endpoint.http.application import Application
from erikti.endpoint.http.cors import cors
from erikti.endpoint.http.error_boundary import ErrorBoundary
from erikti.endpoint.http.fast_path.entrance import Entrance, FastPath
from erikti.endpoint.http.fast_path.heads import COMPRESSED_FROM, Heads
from erikti.endpoint.http.fast_path.senders import Senders
from erikti.endpoint.http.negotiation import GRAPHQL_JSON
from erikti.endpoint.http.service import Endpoint
from erikti.endpoint.operations import Guards, Operations
from erikti.endpoint.scopes import DatabaseScope, PortScope
from erikti.endpoint.websocket.sockets import Sockets
from erikti.guard.budget import Budget
from erikti.health import Health
from erikti.serving.http_protocol import ENDING
from erikti.settings import Settings, from_environment
from erikti.trusted_documents.lookup import TrustedDocuments
from erikti.trusted_documents.persisted_queries import PersistedQueries
from erikti.web import console, pages
from erikti.work.worker import Worker, worker_of
from models.issuers import IssuerGuard
from resolvers.change_watch import ChangeWatch
from resolvers.live_figures import LiveFigures
from resolvers.statistics import count
from schema import SDL, schema
from schema.engine.cache_policy import FIGURES
from schema.engine.engine import Engine

PATHS = ("/graphql", "/graphql/")
# New objects between two garbage collections, and collections between two of older generations:
# so that none of them holds up requests for long.
COLLECT_AFTER = (20_000, 5, 10)


def create_app(settings: Settings, worker: Worker | None = None) -> Application:
    """Make an application that shares no state with any other; ``worker`` runs along with it."""
    database = _database(settings)
    engine = Engine(schema, settings.limits)
    key = settings.signing_key()
    # Versions with another schema, threshold or key for cursors must not share responses.
    secret = key + SDL.read_bytes() + str(settings.suppression_threshold).encode()
    valkey = Valkey(settings.cache_url) if settings.cache_url else None
    cache = ResponseCache(valkey, secret=secret) if settings.response_cache else None
    guards = _guards(settings, valkey)
    watch = ChangeWatch(cache, settings.limits)
    figures = LiveFigures(count, settings.limits, partial(watch.state, FIGURES))
    operations = Operations(engine, key, guards, figures)

    resources = Resources(database, valkey, guards, cache, watch, figures, worker)
    health = Health(settings, guards.access_log, cache)
    middleware = _middleware(settings)
    around = [*middleware, Middleware(DatabaseScope, database=database)]
    endpoint = Endpoint(operations, guards, cache, pages.console_page(settings))
    sockets = Sockets(operations, guards)
    routes: list[BaseRoute] = [
        *(Route(path, endpoint) for path in PATHS),
        *(WebSocketRoute(path, sockets) for path in PATHS),
        Route("/", lambda _: RedirectResponse("/graphql")),
        Mount(console.ASSETS_URL, StaticFiles(directory=console.ASSETS)),
        *health.routes(),
    ]
    if settings.metrics is not None:
        other = Starlette(routes=[health.metrics_route()])
        around.append(Middleware(PortScope, port=settings.metrics[1], other=other))
    elif not settings.production:
        routes.append(health.metrics_route())
    made = Application(routes=routes, lifespan=resources.lifespan, middleware=around)
    made.router.redirect_slashes = False  # a redirect would repeat what the URL holds
    entrance = Entrance(PATHS, settings.metrics[1] if settings.metrics else None)
    senders, heads = Senders(guards), Heads(partial(_wrapped, middleware))
    made.open(partial(FastPath, entrance, endpoint, operations, senders, cache, database, heads))
    return made


@dataclass(frozen=True)
class Resources:
    """What an application opens when it starts and closes when it ends."""

    database: Database
    valkey: Valkey | None
    guards: Guards
    cache: ResponseCache | None
    watch: ChangeWatch
    figures: LiveFigures[int, Any]
    worker: Worker | None

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[dict[str, object]]:
        """Hold everything open; the state has the event that ends streams when the server stops."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.database)
            if self.valkey is not None:
                stack.push_async_callback(self.valkey.close)
            if self.cache is not None:
                stack.push_async_callback(self.cache.close)
            await stack.enter_async_context(self.watch.running())
            await stack.enter_async_context(self.guards.access_log)
            await stack.enter_async_context(self.guards.readings.running())
            stack.push_async_callback(self.figures.close)
            if self.worker is not None:
                await stack.enter_async_context(self.worker.running())
            yield {ENDING: asyncio.Event()}


def _middleware(settings: Settings) -> list[Middleware]:
    """What is around every route, the outermost first."""
    add_compress_type(GRAPHQL_JSON)
    add_compress_type("multipart/mixed", streaming=True)  # each part at once
    around = [
        Middleware(ErrorBoundary),
        Middleware(CompressMiddleware, minimum_size=COMPRESSED_FROM),
    ]
    if settings.cors_origins:
        around.insert(0, cors(settings.cors_origins, settings.cors_headers))
    return around


def _wrapped(middleware: Sequence[Middleware], app: ASGIApp) -> ASGIApp:
    """Return an application with middleware around it."""
    for one in reversed(middleware):
        app = one.cls(app, *one.args, **one.kwargs)
    return app


def _database(settings: Settings) -> Database:
    return Database(
        settings.database_url,
        keyring=settings.keyring(),
        zone=settings.time_zone,
        statement_seconds=settings.limits.statement_seconds,
        connection_seconds=settings.limits.connection_seconds,
        connections=settings.limits.connections,
    )


def _guards(settings: Settings, valkey: Valkey | None) -> Guards:
    """The guards that every request has to pass."""
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
        issuers=IssuerGuard(settings.oidc_issuer),
        threshold=settings.suppression_threshold,
        documents=TrustedDocuments(
            settings.trusted_clients,
            automatic=PersistedQueries(valkey, on=settings.automatic_documents),
        ),
    )


def app() -> Application:
    """Make the application for the environment, for the workers of ``erikti serve``."""
    settings = from_environment()
    made = create_app(settings, worker_of(settings.database_url))
    # The schema is never freed: collections must not look through it.
    gc.collect()
    gc.freeze()
    gc.enable()  # erikti/commands/worker.py disables it until here
    gc.set_threshold(*COLLECT_AFTER)
    return made
