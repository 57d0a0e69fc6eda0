"""Subscribers receive new figures when a command in another process has changed them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from erikti.database.connection import Database
from erikti.importers import load
from tests.importers.samples import row
from tests.support.databases import KEYS
from tests.support.processes import erikti
from tests.support.talking import CHANGED, Talking, ask, heard, organisations, talking
from tests.support.valkey import OwnValkey

pytestmark = pytest.mark.usefixtures("processes")

QUICK = {
    "ERIKTI_LIMIT_WATCH_SECONDS": "0.1",
    "ERIKTI_LIMIT_RECOUNT_SECONDS": "0.1",
    "ERIKTI_KEYS": KEYS,
}
ORGANISATION = {"region": "KZ-75", "kind": "STUDENT", "registered_on": "2025-01-01"}
PROJECT = {"region": "KZ-75", "status": "ACTIVE", "starts_on": "2025-03-01"}


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey that the test may stop."""
    valkey = OwnValkey(tmp_path)
    yield valkey
    valkey.kill()


@pytest.fixture
async def seeded(database_url: str) -> str:
    """The URL of each database with one organisation and, so that there is a year, a project."""
    async with Database(database_url):
        await load("organisations", [row("O1", name_en="Sample", **ORGANISATION)])
        await load("projects", [row("P1", title_en="Sample", **PROJECT)])
    return database_url.replace("asyncpg:", "postgres:")


def bring(server: Talking, folder: Path, *numbers: int) -> None:
    """Import organisations in another process."""
    file = organisations(folder, *numbers)
    done = erikti("import", "organisations", file, **server.environment)
    assert done.returncode == 0, done.stdout + done.stderr


async def count(socket: Any) -> int:
    """Return the number of organisations in the next message."""
    found = await heard(socket)
    assert found["type"] == "next", found
    counted: int = found["payload"]["data"]["statisticsChanged"]["figure"]["count"]
    return counted


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "valkey"])
async def test_an_import_reaches_all_subscribers(
    seeded: str, own_valkey: OwnValkey, tmp_path: Path, shared: bool
) -> None:
    cache = {"CACHE_URL": own_valkey.url} if shared else {}
    with talking(tmp_path, DATABASE_URL=seeded, **cache, **QUICK) as server:
        async with server.socket() as one, server.socket() as other, server.client() as client:
            for socket in (one, other):
                await ask(socket, "1", CHANGED)
                assert await count(socket) == 1
            given: Any = {"json": {"query": CHANGED}, "headers": {"Accept": "text/event-stream"}}
            async with client.stream("POST", "/graphql", **given) as stream:
                events = stream.aiter_lines()
                assert '"count":1' in await event(events)
                await asyncio.to_thread(bring, server, tmp_path, 2, 3)
                assert await count(one) == await count(other) == 3
                assert '"count":3' in await event(events)


async def event(lines: AsyncIterator[str]) -> str:
    """The data of the next event."""
    async for line in lines:
        if line.startswith("data: "):
            return line
    raise AssertionError("the stream has ended")


async def test_an_import_during_an_outage_of_valkey_reaches_subscribers(
    seeded: str, own_valkey: OwnValkey, tmp_path: Path
) -> None:
    with talking(tmp_path, DATABASE_URL=seeded, CACHE_URL=own_valkey.url, **QUICK) as server:
        async with server.socket() as socket:
            await ask(socket, "1", CHANGED)
            assert await count(socket) == 1
            own_valkey.kill()
            await asyncio.to_thread(bring, server, tmp_path, 2)
            assert await count(socket) == 2
