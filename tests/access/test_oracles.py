"""Hidden and missing records are indistinguishable, also by the work that a response takes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from strawberry.relay import from_base64
from tortoise.models import Model

from erikti.auth.principal import PUBLIC, Principal
from erikti.database.connection import dialect, fetch
from erikti.database.snapshots import Query
from erikti.guard.limits import Limits
from erikti.settings import Settings
from models.people import Person
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.loading import load_one
from resolvers.dataloaders.people import PERSON_BY_IIN_HASH
from resolvers.dataloaders.row_policy import RULES
from resolvers.dataloaders.scope import LoaderScope, Needs
from tests.support.application import bearer, served
from tests.support.databases import KEYS
from tests.support.queries import REGISTRAR, statements

ABSENT = "019ab000-0000-7000-8000-000000000000"
BEYOND = "ffffffff-ffff-7fff-8fff-ffffffffffff"
BY_IIN = "query ($iin: String!) { personByIin(iin: $iin) { id iin } }"
PEOPLE = "{ people(first: 20) { nodes { id iin } } }"
PURPOSE = {"X-Purpose": "REG-2026-1"}
CALLERS = {
    "the public": PUBLIC,
    "a person": replace(REGISTRAR, person=ABSENT),
    "a region": replace(REGISTRAR, region="KZ-99"),
    "a partner": replace(REGISTRAR, country="KG"),
    "a programme": replace(REGISTRAR, programme=ABSENT),
}


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a server with the small generated country and a limit of three misses."""
    limits = Limits(iin_misses=3)
    settings = Settings("127.0.0.1", 0, tmp_path, populated, "", keys=KEYS, limits=limits)
    async with served(populated, tmp_path, settings) as client:
        yield client


async def ask(
    client: httpx.AsyncClient, query: str, headers: dict[str, str], **variables: Any
) -> Any:
    body = {"query": query, "variables": variables}
    return (await client.post("/graphql", json=body, headers=headers | PURPOSE)).json()


async def known(client: httpx.AsyncClient, tmp_path: Path) -> list[dict[str, str]]:
    """Return people with an IIN."""
    answer = await ask(client, PEOPLE, bearer(tmp_path, "ministry"))
    return [node for node in answer["data"]["people"]["nodes"] if node["iin"]]


async def test_a_person_can_look_up_only_their_own_number(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Other people's numbers are not looked up: one statement reads the caller's own record."""
    first, other = (await known(client, tmp_path))[:2]
    headers = bearer(tmp_path, "person", person=from_base64(first["id"])[1])
    taken = []
    for iin, found in ((first["iin"], first), (other["iin"], None), ("900101350000", None)):
        with statements() as made:
            answer = await ask(client, BY_IIN, headers, iin=iin)
        assert answer["data"] == {"personByIin": found}
        reads = [text for text in made if " FROM people " in text]
        taken.append(reads)
    assert len(taken[1]) == 1
    assert taken[1] == taken[2] == taken[0][:1]
    _, where, condition = taken[1][0].partition(" WHERE ")
    assert where
    assert "iin_hash" not in condition


async def test_the_number_of_a_laureate_is_withheld_from_a_caller_bound_to_another_person(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    query = "{ laureates(first: 100) { nodes { nominee { ... on Person { id iin } } } } }"
    nodes = (await ask(client, query, bearer(tmp_path, "ministry")))["data"]["laureates"]["nodes"]
    laureate = next(node["nominee"] for node in nodes if node["nominee"].get("iin"))
    me = bearer(tmp_path, "person", person=ABSENT)
    seen = await ask(
        client, "query ($id: ID!) { person(by: {id: $id}) { id } }", me, id=laureate["id"]
    )
    assert seen["data"]["person"] == {"id": laureate["id"]}
    assert (await ask(client, BY_IIN, me, iin=laureate["iin"]))["data"] == {"personByIin": None}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
@pytest.mark.parametrize("model", RULES, ids=lambda model: model.__name__)
async def test_a_record_is_read_even_if_the_requested_one_does_not_exist(
    nation: str, model: type[Model], caller: Principal
) -> None:
    requested = LoaderScope(caller)
    if requested.policy.of(model) == ANY:
        return  # null for a missing record
    there = await model.first()
    assert there is not None
    keys = [dialect().encode(model._meta.pk, key) for key in (there.pk, ABSENT, BEYOND)]
    assert await _read(load_one(requested, model, "id", keys[:1])) == 1
    for absent in keys[1:]:
        assert await _read(load_one(requested, model, "id", [absent])) == 1
        one, other = (load_one(requested, model, "id", [key]).sql for key in (keys[0], absent))
        assert one == other


async def test_a_record_is_read_for_missing_numbers_too(nation: str) -> None:
    for name in ("a region", "a partner", "a programme"):
        requested = LoaderScope(CALLERS[name])
        requested.needs = Needs({}, {"Person": {"id"}})
        loader = PERSON_BY_IIN_HASH.loader(requested)
        for digest in ("0" * 32, "zzzz", (await Person.exclude(iin_hash=None).first()).iin_hash):  # type: ignore[union-attr]
            found = loader._load([digest])
            assert isinstance(found, Query)
            assert await _read(found) == 1


async def _read(found: Query) -> int:
    """Return the number of rows that a statement reads before applying the row policy."""
    head, middle, _ = found.sql.partition(" k) AND ")
    assert middle
    return len(await fetch(f"{head} k)", found.parameters[:1]))


async def test_unknown_numbers_are_charged_and_limited(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    people = await known(client, tmp_path)
    ministry = bearer(tmp_path, "ministry")

    async def left() -> int:
        answer = await ask(client, "{ viewer { budget { remaining } } }", ministry)
        remaining: int = answer["data"]["viewer"]["budget"]["remaining"]
        return remaining

    before = await left()
    for node in people[:5]:
        found = await ask(client, BY_IIN, ministry, iin=node["iin"])
        assert found["data"]["personByIin"] == node
    after = await left()
    assert before - after < 100
    for number in range(3):
        found = await ask(client, BY_IIN, ministry, iin=f"90010135000{number}")
        assert found["data"] == {"personByIin": None}
        assert "errors" not in found
    assert after - await left() > 300
    # Neither response reveals whether the person exists.
    for iin in ("900101350009", people[0]["iin"]):
        refused = await ask(client, BY_IIN, ministry, iin=iin)
        assert refused["data"] == {"personByIin": None}
        (error,) = refused["errors"]
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert error["extensions"]["limit"] == "iin_misses"
        assert "retry in " in error["message"]
