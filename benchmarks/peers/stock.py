"""The same schema and resolvers on graphql-core's own executor behind Strawberry's own view."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.federation import Schema

from erikti.auth.principal import HOME, Principal
from erikti.auth.roles import ROLES
from erikti.database.connection import opened
from erikti.settings import from_environment
from models.people import Language
from resolvers.context import Context
from schema import OPTIONS

SETTINGS = from_environment()
KEY = SETTINGS.signing_key()
# Whoever asks: this server looks at no token.
CALLER = Principal("benchmark", "benchmark", scopes=ROLES["ministry"].scopes, country=HOME)
# All that makes this server stock: Strawberry's own schema class, executor and view.
SCHEMA = Schema(**OPTIONS)


class StockApp(GraphQL[Context, None]):
    """Strawberry's view with a fresh context for each operation, and nothing else."""

    async def get_context(self, request: Any, response: Any) -> Context:
        """A fresh context."""
        return Context(Language.KK, KEY, CALLER, limits=SETTINGS.limits)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Hold the database open."""
    async with opened(SETTINGS.database_url):
        yield


app = Starlette(routes=[Route("/graphql", StockApp(SCHEMA))], lifespan=lifespan)
