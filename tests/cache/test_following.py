"""Cached responses follow the change sets of other processes, with a Valkey and without."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from erikti.cache import Answer, ResponseCache, Valkey
from erikti.database.connection import Database, fetch
from erikti.guard.limits import Limits
from erikti.importers import load
from models.changes import FeedHead
from resolvers.change_watch import ChangeWatch
from tests.importers.samples import row
from tests.support.databases import KEYS
from tests.support.processes import erikti, serving
from tests.support.talking import organisations
from tests.support.valkey import OwnValkey
from tests.support.waiting import eventually

ORGANISATION = {"region": "KZ-75", "kind": "STUDENT", "registered_on": "2025-01-01"}
QUERY = {"query": "{ organisations { totalCount } }"}
TAGS = ("Organisation", "Forum")
OFTEN = replace(Limits(), watch_seconds=0.0)


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey of this test."""
    valkey = OwnValkey(tmp_path)
    yield valkey
    valkey.kill()


@pytest.fixture(params=[False, True], ids=["memory", "valkey"])
async def cache(
    request: pytest.FixtureRequest, own_valkey: OwnValkey
) -> AsyncIterator[ResponseCache]:
    """A cache of each kind."""
    valkey = Valkey(own_valkey.url) if request.param else None
    made = ResponseCache(valkey)
    yield made
    await made.close()
    if valkey is not None:
        await valkey.close()


async def answers(cache: ResponseCache, body: bytes) -> Sequence[bytes]:
    """Return the cached bodies for each of the tags, computing ``body`` if there is none."""

    async def compute() -> Answer:
        return Answer(body, "", 60)

    return [(await cache.answer(tag.encode(), {tag}, compute)).body for tag in TAGS]


async def add(number: int) -> None:
    await load("organisations", [row(f"O{number}", name_en="Sample", **ORGANISATION)])


async def test_only_responses_with_changed_records_are_invalidated(
    database: str, cache: ResponseCache
) -> None:
    assert database
    watch = ChangeWatch(cache, OFTEN)
    async with watch.running():
        assert await answers(cache, b"old") == [b"old", b"old"]
        await watch.look()
        assert await answers(cache, b"new") == [b"old", b"old"]
        await add(1)
        await watch.look()
        assert await answers(cache, b"new") == [b"new", b"old"]
        await fetch("UPDATE regions SET name_en = 'X'")
        await watch.look()
        assert await answers(cache, b"newer") == [b"new", b"old"]


async def test_changes_before_the_first_response_are_not_missed(
    database: str, cache: ResponseCache
) -> None:
    assert database
    watch = ChangeWatch(cache, OFTEN)
    await watch.look()
    await add(1)
    assert await answers(cache, b"old") == [b"old", b"old"]
    await add(2)
    await watch.look()
    assert await answers(cache, b"new") == [b"new", b"old"]


async def test_another_lineage_invalidates_everything(database: str, cache: ResponseCache) -> None:
    assert database
    watch = ChangeWatch(cache, OFTEN)
    await watch.look()
    assert await answers(cache, b"old") == [b"old", b"old"]
    await fetch("UPDATE feed_head SET position = position - 1")
    await watch.look()
    assert await answers(cache, b"new") == [b"new", b"new"]
    head = await FeedHead.get()
    head.lineage = uuid4()
    await head.save()
    await watch.look()
    assert await answers(cache, b"newer") == [b"newer", b"newer"]


async def test_a_database_out_of_reach_changes_nothing(database: str) -> None:
    cache = ResponseCache()
    watch = ChangeWatch(cache, OFTEN)
    await watch.look()
    assert await answers(cache, b"old") == [b"old", b"old"]
    async with Database(f"sqlite://{database.rpartition('/')[0]}/missing.db"):
        with pytest.raises(Exception, match=r"unable to open|No such file|missing"):
            await watch.look()
    assert await answers(cache, b"new") == [b"old", b"old"]


async def test_the_state_of_models_changes_with_their_records(database: str) -> None:
    assert database
    watch = ChangeWatch(None, OFTEN)
    first = await watch.state({"Organisation"}), await watch.state({"Forum"})
    await add(1)
    second = await watch.state({"Organisation"}), await watch.state({"Forum"})
    assert first[0] != second[0]
    assert first[1] == second[1]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("shared", [False, True], ids=["memory", "valkey"])
def test_every_process_sees_what_another_one_wrote(
    database_url: str, own_valkey: OwnValkey, tmp_path: Path, shared: bool
) -> None:
    url = database_url.replace("asyncpg:", "postgres:")
    data = {"ERIKTI_DATA": str(tmp_path), "DATABASE_URL": url, "ERIKTI_KEYS": KEYS}
    data |= {"CACHE_URL": own_valkey.url} if shared else {}
    asyncio.run(_organisation(database_url, 1))
    with ExitStack() as stack:
        clients = [stack.enter_context(serving(**data))[0] for _ in range(2)]
        for client in clients * 2:
            assert count(client) == 1
        done = erikti("import", "organisations", organisations(tmp_path, 2, 3), **data)
        assert done.returncode == 0, done.stderr
        for client in clients:
            eventually(lambda client=client: count(client) == 3)  # type: ignore[misc]
        asyncio.run(_delete(database_url))
        for client in clients:
            eventually(lambda client=client: count(client) == 0)  # type: ignore[misc]
    # What is cached in a Valkey is invalidated when a server starts again.
    asyncio.run(_organisation(database_url, 4))
    with serving(**data) as (client, _):
        assert count(client) == 1


def count(client: httpx.Client) -> int:
    """Return the number of organisations in the response of a server."""
    found: int = client.post("/graphql", json=QUERY).json()["data"]["organisations"]["totalCount"]
    return found


async def _organisation(url: str, number: int) -> None:
    async with Database(url):
        await add(number)


async def _delete(url: str) -> None:
    async with Database(url):
        await fetch("DELETE FROM organisations")
