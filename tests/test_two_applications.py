"""Two applications in one process, unlike in all that can be set, do not know each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from erikti.database.connection import Database, fetch, one_snapshot
from erikti.database.current import database
from erikti.database.snapshots import current
from erikti.guard.limits import Limits
from erikti.importers import load
from erikti.sealing import HASH, Keyring, new_entry
from erikti.settings import Settings
from models.issuers import Issuer
from models.migrate import migrate
from server import create_app
from tests.importers.samples import numbers, row
from tests.support.application import bearer, database_of, served
from tests.support.databases import Server

pytestmark = pytest.mark.postgres
COUNT = "SELECT 1 FROM people"
PURPOSE = {"X-Purpose": "REGISTRATION"}
NAMES = "{ people(first: 50) { totalCount nodes { familyName } } }"
IINS = "{ people(first: 50) { nodes { iin } } }"
MANY = f"{{ regions {{ {' '.join(f'a{n}: name' for n in range(20))} }} }}"


class Place(NamedTuple):
    """What an application has of its own."""

    url: str
    data: Path
    keys: str
    limits: Limits
    people: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings("127.0.0.1", 0, self.data, self.url, "", keys=self.keys, limits=self.limits)


class Running(NamedTuple):
    """An application that serves."""

    place: Place
    client: httpx.AsyncClient

    async def ask(self, query: str) -> dict[str, Any]:
        """The body of an answer to a registrar."""
        headers = bearer(self.place.data, "ministry") | PURPOSE
        answer = await self.client.post("/graphql", json={"query": query}, headers=headers)
        body: dict[str, Any] = answer.json()
        return body

    async def names(self) -> list[str]:
        """The family names of all people."""
        people = (await self.ask(NAMES))["data"]["people"]
        names = sorted(node["familyName"] for node in people["nodes"])
        assert people["totalCount"] == len(names)
        return names

    async def iins(self) -> list[str]:
        """The IINs of all people."""
        nodes = (await self.ask(IINS))["data"]["people"]["nodes"]
        return sorted(node["iin"] for node in nodes)


async def filled(url: str, keys: str, people: dict[str, str]) -> None:
    """Migrate a database under its own keys, and write people: IINs by family name."""
    async with Database(url, keyring=Keyring.parse(keys)):
        await migrate(url)
        rows = [
            row(str(n), family_name=name, given_name="Example", iin=iin)
            for n, (name, iin) in enumerate(people.items())
        ]
        assert (await load("people", rows)).committed


@pytest.fixture(scope="module")
def places(servers: dict[str, Server], tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    """One on SQLite and one on PostgreSQL."""
    found, iins = [], numbers()
    for server, limits in zip(servers.values(), (Limits(), Limits(aliases=10)), strict=True):
        folder = tmp_path_factory.mktemp(server.kind)
        url = server.url(server.create())
        keys = f"{new_entry('same')},{new_entry(HASH)}"
        people = {f"{server.kind} {n}": next(iins) for n in "abc"}
        asyncio.run(filled(url, keys, people))
        found.append(Place(url, folder, keys, limits, people))
    return found


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Running]:
    """The application of a place."""
    async with served(place.url, place.data, place.settings) as client:
        yield Running(place, client)


async def test_each_has_its_own_database_and_keys(places: list[Place]) -> None:
    async with running(places[0]) as one, running(places[1]) as other:
        for _ in range(3):
            for app in (one, other):
                assert await app.names() == sorted(app.place.people)
                assert await app.iins() == sorted(app.place.people.values())


async def test_requests_at_the_same_time_stay_apart(places: list[Place]) -> None:
    async with running(places[0]) as one, running(places[1]) as other:
        asked = [app for _ in range(10) for app in (one, other)]
        names = await asyncio.gather(*(app.names() for app in asked))
        iins = await asyncio.gather(*(app.iins() for app in asked))
    assert names == [sorted(app.place.people) for app in asked]
    assert iins == [sorted(app.place.people.values()) for app in asked]


async def test_the_keys_of_one_do_not_unseal_values_of_the_other(places: list[Place]) -> None:
    one, other = places
    mixed = one._replace(keys=other.keys)
    async with running(mixed) as wrong, running(other) as right:
        body = await wrong.ask(IINS)
        assert all(node["iin"] is None for node in body["data"]["people"]["nodes"])
        assert {error["extensions"]["code"] for error in body["errors"]} == {"INTERNAL"}
        assert await right.iins() == sorted(other.people.values())
        async with running(one) as again:
            assert await again.iins() == sorted(one.people.values())
            assert "errors" in await wrong.ask(IINS)


async def test_each_has_its_own_limits_and_documents(places: list[Place]) -> None:
    async with running(places[0]) as wide, running(places[1]) as narrow:
        for _ in range(2):
            assert "errors" not in await wide.ask(MANY)
            (error,) = (await narrow.ask(MANY))["errors"]
            assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_closing_one_leaves_the_other_working(places: list[Place]) -> None:
    for first, second in (places, places[::-1]):
        async with running(first) as stays:
            async with AsyncExitStack() as stack:
                goes = await stack.enter_async_context(running(second))
                await goes.names()
            assert await stays.names() == sorted(first.people)
            assert await stays.iins() == sorted(first.people.values())
            async with running(second) as again:
                assert await again.names() == sorted(second.people)


async def test_tortoises_own_queries_are_those_of_the_database(places: list[Place]) -> None:
    async def write(place: Place, number: int) -> None:
        async with Database(place.url):
            for n in range(5):
                name = f"https://{number}.example.org/{n}"
                await Issuer.create(id=name, since="2026-01-01T00:00:00+00:00")
                await asyncio.sleep(0)
                (found,) = await Issuer.filter(id=name)
                assert found.since.isoformat() == "2026-01-01T00:00:00+00:00"
                await Issuer.filter(id=name).delete()

    await asyncio.gather(*(write(place, n) for n, place in enumerate([*places, *places])))


async def test_a_request_leaves_what_was_current_as_it_was(places: list[Place]) -> None:
    one, two = places
    async with Database(one.url) as own, running(two) as other:
        with one_snapshot() as snapshot:
            assert len(await fetch(COUNT)) == len(one.people)
            inner = database.get()
            assert await other.names() == sorted(two.people)
            assert (await other.client.get("/healthz/ready")).json() == {"status": "ready"}
            assert database.get() is inner
            assert current() is snapshot
            async with Database(two.url):
                assert len(await fetch(COUNT)) == len(two.people)
            assert len(await fetch(COUNT)) == len(one.people)
        assert own.dialect.name == "sqlite"


async def test_without_its_lifespan_an_application_has_no_database(places: list[Place]) -> None:
    async with Database(places[0].url):
        app = create_app(places[1].settings)
        with pytest.raises(RuntimeError, match="is not open"):
            database_of(app).enter()
