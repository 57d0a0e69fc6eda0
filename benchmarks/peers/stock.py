"""The same schema and resolvers on graphql-core's executor and Strawberry's view."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.federation import Schema

from erikti.auth.principal import HOME, Principal
from erikti.auth.roles import ROLES
from erikti.database.connection import Database
from erikti.endpoint.scopes import DatabaseScope
from erikti.settings import from_environment
from models.people import Language
from resolvers.context import Context
from schema import OPTIONS

SETTINGS = from_environment()
KEY = SETTINGS.signing_key()
# This server ignores tokens.
CALLER = Principal("benchmark", "benchmark", scopes=ROLES["ministry"].scopes, country=HOME)
# Strawberry's own schema class, executor and view.
SCHEMA = Schema(**OPTIONS)


class StockApp(GraphQL[Context, None]):
    """Strawberry's view with a new context for each operation."""

    async def get_context(self, request: Any, response: Any) -> Context:
        """Return a new context."""
        return Context(Language.KK, KEY, CALLER, limits=SETTINGS.limits)


DATABASE = Database(SETTINGS.database_url)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Open the database while the application runs."""
    async with DATABASE:
        yield


app = Starlette(
    routes=[Route("/graphql", StockApp(SCHEMA))],
    lifespan=lifespan,
    middleware=[Middleware(DatabaseScope, database=DATABASE)],
)
