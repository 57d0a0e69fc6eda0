"""The Starlette application: routes, health and lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from babel import negotiate_locale
from cross_web import HTTPException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

import console
from models import health
from models.database import opened
from models.people import Language
from resolvers.context import Context
from schema import schema
from settings import Settings, from_environment


class GraphQLApp(GraphQL[Context, None]):
    """The GraphQL endpoint: a context for every operation, and GraphiQL for browsers."""

    def __init__(self, cursor_key: bytes) -> None:
        super().__init__(schema, graphql_ide="graphiql", subscription_protocols=())
        self._cursor_key = cursor_key

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,
    ) -> Context:
        """A fresh context, so that loaders never outlive their operation."""
        return Context(language(request.headers.get("accept-language", "")), self._cursor_key)

    def parse_json(self, data: str | bytes) -> Any:
        """The body's JSON; raises HTTPException 400 where it is none, or no object."""
        try:
            body = super().parse_json(data)
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise HTTPException(400, "Unable to parse request body as JSON") from error
        if not isinstance(body, dict | list):
            raise HTTPException(400, "The body must be a JSON object")
        return body

    async def render_graphql_ide(self, request: Request) -> Response:
        """GraphiQL without any other host."""
        return console.page()


def create_app(settings: Settings) -> Starlette:
    """The application for these settings."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001
        async with opened(settings.database_url):
            yield

    async def ready(request: Request) -> Response:  # noqa: ARG001
        reason = await health.trouble(settings.database_url)
        if reason:
            return JSONResponse({"status": "unavailable", "reason": reason}, 503)
        return JSONResponse({"status": "ready"})

    graphql = GraphQLApp(settings.signing_key())
    routes = [
        Route("/", lambda _: RedirectResponse("/graphql")),
        Route("/healthz/live", lambda _: JSONResponse({"status": "live"})),
        Route("/healthz/ready", ready),
        Route("/graphql", graphql),
        Mount(console.ASSETS_URL, StaticFiles(directory=console.ASSETS)),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def app() -> Starlette:
    """The application for the environment: what uvicorn's workers start."""
    return create_app(from_environment())


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
