"""Automatic persisted queries: shared, limited, checked, and without Valkey."""

import asyncio
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from valkey import Valkey

from erikti.trusted_documents.persisted_queries import DAY, LONGEST, PersistedQueries
from tests.support.valkey import OwnValkey, client_of
from tests.support.waiting import until
from tests.trusted_documents.asking import (
    COUNTRIES,
    GRAPHQL,
    REGIONS,
    automatic,
    code,
    digest,
    get,
    post,
    trusting,
)

UNKNOWN = "PERSISTED_QUERY_NOT_FOUND"


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey of the test's own."""
    server = OwnValkey(tmp_path)
    yield server
    server.kill()


async def test_the_protocol_of_apollos_clients(database_url: str, tmp_path: Path) -> None:
    async with trusting(database_url, tmp_path) as client:
        for ask in (post, get):
            text = f"{REGIONS} # {ask.__name__}"
            first = await ask(client, automatic(text), accept="application/json")
            assert (first.status_code, code(first)) == (200, UNKNOWN)
            assert first.json()["errors"][0]["message"] == "PersistedQueryNotFound"
            assert code(await ask(client, automatic(text), accept=GRAPHQL)) == UNKNOWN
            sent = await ask(client, automatic(text, query=text))
            found = await ask(client, automatic(text))
            assert sent.json()["data"] == found.json()["data"] == (await regions(client))
        # An id of the manifest is none that anybody can register.
        known = await post(client, {"documentId": f"sha256:{digest(text)}"})
        assert code(known) == UNKNOWN


async def regions(client: httpx.AsyncClient) -> object:
    return (await post(client, {"query": REGIONS})).json()["data"]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("{ regions", True),
        ("{ regions { cod } }", True),
        ("{ people { nodes { iin } } }", True),
        ('{ people(filter: { displayName: { eq: "900101350000" } }) { totalCount } }', False),
        ("{ regions { code } } # a@example.com", False),
        ("{ regions { code } } #" + "x" * LONGEST, False),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_not_good_is_not_kept(
    database_url: str, tmp_path: Path, text: str, refused: bool
) -> None:
    async with trusting(database_url, tmp_path) as client:
        answer = (await post(client, automatic(text, query=text))).json()
        assert ("errors" in answer) is refused
        assert code(await post(client, automatic(text))) == UNKNOWN


async def test_registering_can_be_switched_off(database_url: str, tmp_path: Path) -> None:
    async with trusting(database_url, tmp_path, automatic_documents=False) as client:
        for _ in range(2):
            answer = await post(client, automatic(REGIONS))
            assert code(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"
            assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
            assert (await post(client, automatic(REGIONS, query=REGIONS))).json()["data"]


async def test_processes_share_what_is_registered(valkey_client: Valkey, valkey_url: str) -> None:
    name = f"erikti:document:{digest(REGIONS)}"
    async with client_of(valkey_url) as here, client_of(valkey_url) as there:
        ours, theirs, alone = PersistedQueries(here), PersistedQueries(there), PersistedQueries()
        for store in (ours, theirs, alone):
            assert await store.find(digest(REGIONS)) is None
        await ours.keep(digest(REGIONS), REGIONS)
        assert await theirs.find(digest(REGIONS)) == REGIONS
        assert await alone.find(digest(REGIONS)) is None
        assert DAY - 60 < float(str(valkey_client.ttl(name))) <= DAY
        # What was found is at hand from then on.
        valkey_client.delete(name)
        assert await theirs.find(digest(REGIONS)) == REGIONS


async def test_a_forged_text_is_not_taken(valkey_client: Valkey, valkey_url: str) -> None:
    async with client_of(valkey_url) as valkey:
        store = PersistedQueries(valkey)
        for forged in (COUNTRIES.encode(), b"\xff", b""):
            valkey_client.set(f"erikti:document:{digest(REGIONS)}", forged)
            assert await store.find(digest(REGIONS)) is None


async def test_memory_is_bounded_and_the_oldest_gives_way() -> None:
    store = PersistedQueries(most=10_000)
    texts = [json.dumps("x" * 1000 + str(number)) for number in range(20)]
    for text in texts:
        await store.keep(sha256(text.encode()).hexdigest(), text)
    found = [await store.find(sha256(text.encode()).hexdigest()) is not None for text in texts]
    assert found == [False] * (20 - sum(found)) + [True] * sum(found)
    assert 5 < sum(found) < 10


async def test_with_valkey_away_each_process_knows_its_own(
    database_url: str, tmp_path: Path, own_valkey: OwnValkey
) -> None:
    async with trusting(database_url, tmp_path, cache_url=own_valkey.url) as one:
        assert (await post(one, automatic(REGIONS, query=REGIONS))).json()["data"]
        own_valkey.freeze()
        try:
            answer = await asyncio.wait_for(post(one, automatic(REGIONS)), 10)
            assert answer.json()["data"]
            assert code(await asyncio.wait_for(post(one, automatic(COUNTRIES)), 10)) == UNKNOWN
            sent = await asyncio.wait_for(post(one, automatic(COUNTRIES, query=COUNTRIES)), 10)
            assert sent.json()["data"]
            assert (await post(one, automatic(COUNTRIES))).json()["data"]
        finally:
            own_valkey.thaw()


async def test_valkey_is_used_again_when_it_is_back(own_valkey: OwnValkey) -> None:
    async with (
        client_of(own_valkey.url, pause=0.1) as here,
        client_of(own_valkey.url, pause=0.1) as there,
    ):
        ours, theirs = PersistedQueries(here), PersistedQueries(there)
        await ours.keep(digest(REGIONS), REGIONS)
        own_valkey.kill()
        assert await theirs.find(digest(REGIONS)) is None
        await ours.keep(digest(COUNTRIES), COUNTRIES)
        own_valkey.start()
        await until(lambda: not here.away and not there.away)
        await ours.keep(digest(REGIONS), REGIONS)
        assert await theirs.find(digest(REGIONS)) == REGIONS
