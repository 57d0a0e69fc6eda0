"""Written statements that take too long, and clients that leave meanwhile, over real sockets."""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from erikti.database.connection import Database
from erikti.endpoint.http.fast_path.live import LiveOperations
from erikti.guard.limits import Limits
from schema.engine.engine import Engine
from tests.database.leaks import PATIENCE, Leaks, watched
from tests.endpoint.fast_path.slowness import is_running, make_slow, slowed
from tests.endpoint.fast_path.ways import Ways, listening, post, ways
from tests.support.application import database_of

SECONDS = 0.4
LIMITS = Limits(statement_seconds=SECONDS, connection_seconds=20, query_seconds=30)
NODE = "UmVnaW9uOktaLTEw"
BODIES = {
    "one statement": {"query": "{ regions { code name } }"},
    "by keys": {
        "query": "query ($id: ID!) { node(id: $id) { ... on Region { code } } }",
        "variables": {"id": NODE},
    },
    "several statements": {"query": f'{{ regions {{ code }} nodes(ids: ["{NODE}"]) {{ id }} }}'},
    "mixed": {"query": "{ regions { code } organisations { groups(by: [KIND]) { totalCount } } }"},
}
LIVE = {"one statement", "by keys"}  # without the endpoint, once they are known
WRITTEN = re.compile(r"\btextsend\(|\bAS BLOB\)")
pytestmark = pytest.mark.timeout(120)


class Served(NamedTuple):
    """The application on a database that can be slow, with clients of both its ways."""

    way: Ways
    fast: httpx.AsyncClient
    full: httpx.AsyncClient
    leaks: Leaks


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """The application on two sockets: with the fast path, and without."""
    async with Database(database_url):
        await make_slow()
    async with ways(database_url, tmp_path, response_cache=False, limits=LIMITS) as way:
        database = database_of(way.app)
        entered = database.enter()  # for the test itself
        try:
            async with (
                listening(way.app) as fast,
                listening(way.app.full_way) as full,
                watched(database_url) as leaks,
            ):
                yield Served(way, fast, full, leaks)
        finally:
            database.leave(entered)


async def unknown(*_: object) -> None:
    """Let the endpoint answer."""


def shown(response: httpx.Response) -> Any:
    """Return what two responses have in common."""
    found = response.json()
    del found["extensions"]["cost"]["budget"]
    for error in found.get("errors", ()):
        error["extensions"].pop("correlationId", None)
    return response.status_code, found


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
async def test_a_slow_statement_gives_the_error_of_the_executor(
    served: Served,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    warm: bool,
) -> None:
    body = BODIES[kind]
    if warm:
        first = {shown(await post(c, body))[0] for c in (served.fast, served.full) * 2}
        assert first == {200}
    await slowed()
    results = []
    for written in (True, False):
        if not written:
            monkeypatch.setattr(Engine, "_written", lambda *_: None)
            monkeypatch.setattr(LiveOperations, "answer", unknown)
        for client in (served.fast, served.full):
            before, begun = served.way.fast_path.operations, time.monotonic()
            with caplog.at_level(logging.DEBUG, "erikti.sql"):
                caplog.clear()
                results.append(shown(await post(client, body)))
            assert SECONDS <= time.monotonic() - begun < 10
            taken = served.way.fast_path.operations - before
            assert taken == int(client is served.fast)
            made = [r.getMessage() for r in caplog.records if r.name == "erikti.sql"]
            assert any(map(WRITTEN.search, made)) == written
            assert not [r for r in caplog.records if r.levelno >= logging.ERROR]
            await served.leaks.none_are_left()
    assert all(result == results[0] for result in results), results
    assert {e["extensions"]["code"] for e in results[0][1]["errors"]} == {"TIMEOUT"}
    monkeypatch.undo()
    await slowed(False)
    again = [shown(await post(client, body)) for client in (served.fast, served.full)]
    assert again[0] == again[1]
    assert "errors" not in again[0][1]
    await served.leaks.none_are_left()


async def gone(client: httpx.AsyncClient, body: object) -> None:
    """Send a request, and close the connection while its statement runs."""
    content = json.dumps(body).encode()
    _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: erikti\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(content), content)
    )
    async with asyncio.timeout(PATIENCE):
        while not await is_running():  # noqa: ASYNC110 - the database sends no notice
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.15)  # from then on the server listens for a disconnect
    writer.transport.abort()


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
async def test_a_client_that_leaves_ends_its_statement(
    served: Served,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    warm: bool,
) -> None:
    body = BODIES[kind]
    for client in (served.fast, served.full):
        if warm:
            expected = shown(await post(client, body))
        for known in (warm, True):
            await slowed()
            before = served.way.fast_path.operations
            await gone(client, body)
            async with asyncio.timeout(PATIENCE):
                while await is_running():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await served.leaks.none_are_left()
            by_endpoint = client is served.fast and not (known and kind in LIVE)
            assert served.way.fast_path.operations - before == int(by_endpoint)
            await slowed(False)
            again = shown(await post(client, body))
            assert "errors" not in again[1]
            assert not warm or again == expected
        await served.leaks.none_are_left()
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]
