"""The way of one operation from bytes to bytes: which room calls which, as it really runs."""

import asyncio
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from erikti.guard.limits import Limits
from erikti.serving.addresses import NO_PROXIES
from erikti.serving.http_protocol import protocol
from erikti.settings import Settings
from server import create_app
from tests.support.databases import KEYS
from tests.support.tree import FILES, module, room

# The chain of rooms that hand the operation on, as docs/architecture.md draws it.
CHAIN = (
    "erikti.serving",
    "erikti.endpoint",
    "schema.engine",
    "erikti.executor",
    "schema.building",
    "resolvers",
    "resolvers.dataloaders",
    "erikti.database",
)
# Rooms that one of the chain calls, and that return before it goes on.
BESIDE = {
    "erikti.audit",
    "erikti.auth",
    "erikti.cache",
    "erikti.guard",
    "erikti.instants",
    "erikti.telemetry",
    "erikti.trusted_documents",
    "models",
    "schema",
}
# The address of the client; all other calls that go up are calls of functions that were handed
# down: a computation to cache, hooks of the executor, and receivers of rows.
CALLBACKS = {
    ("erikti.endpoint", "erikti.serving"),
    ("erikti.cache", "erikti.endpoint"),
    ("erikti.executor", "schema.engine"),
    ("erikti.database", "resolvers.dataloaders"),
    ("resolvers.dataloaders", "resolvers"),
}
QUERY = "{ organisations(first: %d) { nodes { name region { name } } } }"
MOST = 10  # rooms of the chain
ROOMS_OF = {str(path): room(module(path)) for path in FILES}


def here(frame: FrameType | None) -> str | None:
    """The room of the innermost function of the product."""
    while frame is not None:
        if found := ROOMS_OF.get(frame.f_code.co_filename):
            return found
        frame = frame.f_back
    return None


@contextmanager
def calls() -> Iterator[set[tuple[str, str]]]:
    """The calls from room to room until the end of the block."""
    found: set[tuple[str, str]] = set()

    def profile(frame: FrameType, event: str, _: Any) -> None:
        callee = ROOMS_OF.get(frame.f_code.co_filename)
        if event == "call" and callee:
            caller = here(frame.f_back)
            if caller not in (None, callee):
                found.add((str(caller), callee))

    sys.setprofile(profile)
    try:
        yield found
    finally:
        sys.setprofile(None)


async def traced(app: ASGIApp) -> set[tuple[str, str]]:
    """The calls of an operation that arrives at a socket, and whose document is not known."""
    config = uvicorn.Config(
        app, http=protocol(Limits(), NO_PROXIES), lifespan="off", log_level="warning"
    )
    config.load()
    kind: Any = config.http_protocol_class
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: kind(config, ServerState(), {}), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await client.post("/graphql", json={"query": QUERY % 1})  # whatever is made only once
        with calls() as found:
            response = await client.post("/graphql", json={"query": QUERY % 2})
    assert len(response.json()["data"]["organisations"]["nodes"]) == 2
    return found


async def rooms(populated: str, tmp_path: Path, limits: Limits) -> set[tuple[str, str]]:
    alone = replace(limits, watch_seconds=3600)  # nothing else runs meanwhile
    settings = Settings("127.0.0.1", 0, tmp_path, populated, "", keys=KEYS, limits=alone)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        return await traced(app)


async def test_an_operation_goes_down_and_never_back_up(populated: str, tmp_path: Path) -> None:
    found = await rooms(populated, tmp_path, Limits(written_cost=0))
    assert set(itertools.pairwise(CHAIN)) - {("erikti.serving", "erikti.endpoint")} <= found
    assert {name for pair in found for name in pair} <= {*CHAIN, *BESIDE}
    assert {pair for pair in found if climbs(*pair)} == CALLBACKS
    assert len(CHAIN) <= MOST


async def test_a_written_response_goes_down_without_the_executor(
    populated: str, tmp_path: Path
) -> None:
    found = await rooms(populated, tmp_path, Limits())
    assert {("schema.engine", "resolvers"), ("schema.engine", "erikti.database")} <= found
    assert {name for pair in found for name in pair} <= {*CHAIN, *BESIDE}
    assert {pair for pair in found if climbs(*pair)} <= CALLBACKS


def climbs(caller: str, callee: str) -> bool:
    """Whether a call goes up the chain, or from a room beside it back into it."""
    if callee == "schema":
        return True
    if callee not in CHAIN:
        return False
    if caller not in CHAIN:
        return caller != "schema"
    return CHAIN.index(callee) < CHAIN.index(caller)
