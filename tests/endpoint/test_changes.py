"""The figures are told again whenever a command in another process has changed them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cache.conftest import OwnValkey
from tests.conftest import KEYS
from tests.endpoint.talking import CHANGED, Talking, ask, heard, organisations, say, talking
from tests.processes import erikti

QUICK = {
    "ERIKTI_LIMIT_WATCH_SECONDS": "0.1",
    "ERIKTI_LIMIT_RECOUNT_SECONDS": "0.1",
    "ERIKTI_KEYS": KEYS,
}


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey that the test may stop."""
    valkey = OwnValkey(tmp_path)
    yield valkey
    valkey.kill()


@pytest.fixture(params=["alone", "valkey"])
def told(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[tuple[Talking, OwnValkey | None]]:
    """A server on each database, without and with a Valkey, in which one organisation is."""
    valkey = request.getfixturevalue("own_valkey") if request.param == "valkey" else None
    shared = {"CACHE_URL": valkey.url} if valkey else {}
    environment = {"DATABASE_URL": database_url.replace("asyncpg:", "postgres:"), **shared, **QUICK}
    with talking(tmp_path, **environment) as server:
        bring(server, tmp_path, 1)
        yield server, valkey


def bring(server: Talking, folder: Path, *numbers: int) -> None:
    """Import organisations, and with the first a project: a year has to have something."""
    file = organisations(folder, *numbers)
    kinds = {"organisations": file}
    if numbers == (1,):
        project = folder / "projects.csv"
        project.write_text(
            "source_system,source_id,title_ru,region,status,starts_on\nTEST,1,Проект,KZ-75,ACTIVE,2025-03-01\n",
            encoding="utf-8",
        )
        kinds["projects"] = str(project)
    for kind, path in kinds.items():
        done = erikti("import", kind, path, **server.environment)
        assert done.returncode == 0, done.stdout + done.stderr


async def count(socket: Any) -> int:
    """How many organisations the next message tells of."""
    found = await heard(socket)
    assert found["type"] == "next", found
    counted: int = found["payload"]["data"]["statisticsChanged"]["figure"]["count"]
    return counted


async def test_an_import_is_told_to_everybody_who_follows(
    told: tuple[Talking, OwnValkey | None], tmp_path: Path
) -> None:
    server, _ = told
    async with server.socket() as one, server.socket() as other, server.client() as client:
        for socket in (one, other):
            await ask(socket, "1", CHANGED)
            assert await count(socket) == 1
        accept = {"Accept": "text/event-stream"}
        async with client.stream(
            "POST", "/graphql", json={"query": CHANGED}, headers=accept
        ) as stream:
            events = stream.aiter_lines()
            assert '"count":1' in await event(events)
            await asyncio.to_thread(bring, server, tmp_path, 2, 3)
            assert await count(one) == await count(other) == 3
            assert '"count":3' in await event(events)
        await asyncio.to_thread(bring, server, tmp_path, 2, 3)  # which changes nothing
        await asyncio.to_thread(bring, server, tmp_path, 4)
        assert await count(one) == await count(other) == 4


async def event(lines: AsyncIterator[str]) -> str:
    """The data of the next event."""
    async for line in lines:
        if line.startswith("data: "):
            return line
    raise AssertionError("the stream has ended")


async def test_what_was_imported_while_valkey_was_away_is_told(
    database_url: str, own_valkey: OwnValkey, tmp_path: Path
) -> None:
    environment = {
        "DATABASE_URL": database_url.replace("asyncpg:", "postgres:"),
        "CACHE_URL": own_valkey.url,
    }
    with talking(tmp_path, **environment, **QUICK) as server:
        bring(server, tmp_path, 1)
        async with server.socket() as socket:
            await ask(socket, "1", CHANGED)
            assert await count(socket) == 1
            own_valkey.kill()
            await asyncio.to_thread(bring, server, tmp_path, 2)
            assert await count(socket) == 2
            own_valkey.start()
            await asyncio.to_thread(bring, server, tmp_path, 3)
            assert await count(socket) == 3
            await say(socket, "complete", id="1")
