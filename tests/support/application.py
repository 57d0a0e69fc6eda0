"""The application within this process, its callers' headers and a client of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from erikti.auth.demo import DemoKeys
from erikti.database.connection import Database
from erikti.endpoint.http.service import Endpoint
from erikti.guard.limits import Limits
from erikti.settings import AUDIENCE, Settings
from schema.engine.engine import Engine
from server import create_app
from tests.support.databases import KEYS

# No statement but those of requests, unless a test takes longer.
UNWATCHED = replace(Limits(), watch_seconds=3600)


@asynccontextmanager
async def served(
    url: str, data: Path, settings: Settings | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, its lifespan running."""
    usual = Settings("127.0.0.1", 0, data, url, "", keys=KEYS, limits=UNWATCHED)
    app = create_app(settings or usual)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://erikti") as client,
    ):
        yield client


def engine_of(client: httpx.AsyncClient) -> Engine:
    """What runs the operations of the application behind a client."""
    transport: Any = client._transport
    found = [getattr(route, "endpoint", None) for route in transport.app.routes]
    endpoint = next(one for one in found if isinstance(one, Endpoint))
    return endpoint._operations.engine


def database_of(app: Starlette) -> Database:
    """What an application reads and writes."""
    (found,) = (
        item.kwargs["database"] for item in app.user_middleware if "database" in item.kwargs
    )
    assert isinstance(found, Database)
    return found


def bearer(data: Path, role: str, **bounds: str) -> dict[str, str]:
    """The header of a caller of a role, with the demo token of the server with this folder."""
    token = DemoKeys(data).token(role, AUDIENCE, bounds)
    return {"Authorization": f"Bearer {token}"}
