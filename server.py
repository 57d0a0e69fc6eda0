"""The Starlette application: routes, health, metrics and lifespan."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import console
from cache import ResponseCache
from endpoint import Endpoint
from models import health
from models.database import opened
from schema import SDL
from settings import Settings, from_environment

COLLECT_AFTER = 50_000  # new objects between two looks for garbage


def create_app(settings: Settings) -> Starlette:
    """The application for these settings."""
    key = settings.signing_key()
    # Versions with another schema, or another key for cursors, must not share answers.
    secret = key + SDL.read_bytes()
    cache = ResponseCache(settings.cache_url, secret=secret) if settings.response_cache else None

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001
        async with opened(settings.database_url):
            try:
                yield
            finally:
                if cache is not None:
                    await cache.close()

    async def ready(request: Request) -> Response:  # noqa: ARG001
        reason = await health.trouble(settings.database_url)
        if reason:
            return JSONResponse({"status": "unavailable", "reason": reason}, 503)
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:  # noqa: ARG001
        figures = cache.metrics if cache is not None else {}
        return PlainTextResponse(
            "".join(f"erikti_response_cache_{name} {n}\n" for name, n in figures.items())
        )

    routes = [
        Route("/", lambda _: RedirectResponse("/graphql")),
        Route("/healthz/live", lambda _: JSONResponse({"status": "live"})),
        Route("/healthz/ready", ready),
        Route("/metrics", metrics),
        Route("/graphql", Endpoint(key, settings.max_page, cache)),
        Mount(console.ASSETS_URL, StaticFiles(directory=console.ASSETS)),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def app() -> Starlette:
    """The application for the environment: what uvicorn's workers start."""
    made = create_app(from_environment())
    # The schema stays for good; looking through it for garbage would cost every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    return made
