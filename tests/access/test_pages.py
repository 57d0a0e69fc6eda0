"""Reads of records about people are recorded in the access log, for every caller."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from erikti.database.connection import fetch
from erikti.endpoint.operations import REJECTED
from erikti.guard.limits import Limits
from tests.support.application import bearer, served
from tests.support.waiting import PATIENCE

PAGE = """query ($status: VolunteerStatus, $after: String) {
  volunteers(first: 10, after: $after, filter: { status: { eq: $status } }) {
    nodes { id } pageInfo { endCursor } } }"""
NESTED = "{ organisations(first: 20) { nodes { volunteers(first: 3) { edges { node { id } } } } } }"
DEFERRED = "{ regions @stream(initialCount: 1) { volunteers(first: 2) { nodes { id } } } }"


@pytest.fixture
def us() -> str:
    """Return the organisation of the test's callers, since others write to the same log."""
    return uuid4().hex


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a server with the small generated country."""
    async with served(populated, tmp_path) as client:
        yield client


async def ask(
    client: httpx.AsyncClient, headers: dict[str, str], query: str, **variables: Any
) -> Any:
    body = {"query": query, "variables": variables}
    return (await client.post("/graphql", json=body, headers=headers)).json()


async def entries(us: str) -> list[tuple[str, list[str], int, str | None]]:
    """Return the logged reads of pages: client, number of records and filter hash."""
    rows = await fetch(
        "SELECT subject, coordinates, record_count, filter_hash FROM access_records"
        f" WHERE record_count IS NOT NULL AND organisation = '{us}' ORDER BY recorded_at, id"
    )
    return [(who, json.loads(what), count, by) for who, what, count, by in rows]


async def counted(us: str, total: int) -> list[tuple[str, list[str], int, str | None]]:
    """Wait until the entries add up to ``total`` records and return them."""

    async with asyncio.timeout(PATIENCE):
        while sum(count for _, _, count, _ in await entries(us)) < total:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)
    found = await entries(us)
    assert sum(count for _, _, count, _ in found) == total
    return found


async def test_pages_are_recorded_with_their_number_and_filter(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    analyst = bearer(tmp_path, "analyst", organisation=us)
    first = await ask(client, analyst, PAGE, status="ACTIVE")
    assert len(first["data"]["volunteers"]["nodes"]) == 10
    after = first["data"]["volunteers"]["pageInfo"]["endCursor"]
    await ask(client, analyst, PAGE, status="ACTIVE", after=after)
    await ask(client, analyst, PAGE, status="INACTIVE")
    found = await counted(us, 30)
    assert {tuple(what) for _, what, _, _ in found} == {("VolunteerConnection.nodes",)}
    by_filter: dict[str | None, int] = {}
    for _, _, count, by in found:
        by_filter[by] = by_filter.get(by, 0) + count
    assert sorted(by_filter.values()) == [10, 20]  # the next page has the same filter


async def test_a_cached_response_is_recorded_again(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    analyst = bearer(tmp_path, "analyst", organisation=us)
    for _ in range(3):
        answer = await ask(client, analyst, PAGE, status="ACTIVE")
    assert answer["extensions"]["cost"]["actual"] == 1  # from the cache
    await counted(us, 30)


@pytest.mark.parametrize("query", [NESTED, DEFERRED])
async def test_pages_below_others_and_in_parts_are_recorded(
    client: httpx.AsyncClient, tmp_path: Path, us: str, query: str
) -> None:
    headers = bearer(tmp_path, "analyst", organisation=us) | {"Accept": "multipart/mixed"}
    response = await client.post("/graphql", json={"query": query}, headers=headers)
    ids = response.text.count('"id"')
    assert ids > 10
    await counted(us, ids)


async def test_reads_of_public_records_are_not_recorded(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    people = "{ people { nodes { id } } laureates { nodes { id } } projects { nodes { id } } }"
    assert (await ask(client, {}, people))["data"]
    # Nor are numbers.
    analyst = bearer(tmp_path, "analyst", organisation=us)
    await ask(
        client, analyst, "{ volunteers { totalCount groups(by: [STATUS]) { nodes { count } } } }"
    )
    await ask(client, analyst, PAGE, status="ACTIVE")
    await counted(us, 10)


async def test_reads_of_delegates_who_consented_are_recorded_as_people(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    analyst = bearer(tmp_path, "analyst", organisation=us)
    found = await ask(client, analyst, "{ people(first: 7) { nodes { displayName } } }")
    assert all(node["displayName"] for node in found["data"]["people"]["nodes"])
    ((_, what, _, _),) = await counted(us, 7)
    assert what == ["PersonConnection.nodes"]


async def test_records_that_are_read_by_their_ids_are_recorded_without_a_filter(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    analyst = bearer(tmp_path, "analyst", organisation=us)
    page = await ask(client, analyst, PAGE, status="ACTIVE")
    ids = [node["id"] for node in page["data"]["volunteers"]["nodes"]]
    await ask(client, analyst, "query ($i: [ID!]!) { nodes(ids: $i) { id } }", i=ids)
    grouped = """{ projects(first: 30) { nodes { participations {
      groups(by: [VOLUNTEER], first: 5) { nodes { volunteer { id hoursTotal } } } } } } }"""
    projects = (await ask(client, analyst, grouped))["data"]["projects"]["nodes"]
    seen = {
        g["volunteer"]["id"] for node in projects for g in node["participations"]["groups"]["nodes"]
    }
    groups = len(seen)  # each is read once
    assert groups
    found = await counted(us, 20 + groups)
    by_key = {(tuple(what), by) for _, what, _, by in found if by is None}
    assert by_key == {(("Volunteer",), None)}


async def test_pages_of_other_parents_have_other_hashes(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    analyst = bearer(tmp_path, "analyst", organisation=us)
    query = """query ($r: [_Any!]!) { _entities(representations: $r) {
      ... on Region { volunteers(first: 2) { nodes { id } } } } }"""
    for code in ("KZ-75", "KZ-71"):
        await ask(client, analyst, query, r=[{"__typename": "Region", "code": code}])
    assert len({by for *_, by in await counted(us, 4)}) == 2


async def test_a_registrar_leaves_both_entries(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    headers = bearer(tmp_path, "ministry", organisation=us) | {
        "X-Purpose": "REG-2026-1",
        "X-Request-Id": "both",
    }
    query = "{ volunteers(first: 5) { nodes { person { displayName } } } }"
    assert (await ask(client, headers, query))["data"]
    ((coordinates, persons),) = await fetch(
        "SELECT coordinates, person_count FROM access_records WHERE request_id = 'both'"
    )
    assert json.loads(coordinates) == ["Person.displayName", "Volunteer.person"]
    assert persons == 5
    await counted(us, 5)


async def refused_or_allowed(us: str) -> list[tuple[str, list[str], int]]:
    rows = await fetch(
        "SELECT decision, coordinates, person_count FROM access_records"
        f" WHERE organisation = '{us}' AND record_count IS NULL ORDER BY recorded_at"
    )
    return [(decision, json.loads(coordinates), count) for decision, coordinates, count in rows]


async def test_filters_by_name_are_recorded_even_if_forbidden(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    """Even a total reveals whether a person with this name exists."""
    query = '{ people(filter: { displayName: { contains: "ан" } }) { totalCount } }'
    region = bearer(tmp_path, "region", region="KZ-75", organisation=us)
    refusal = await ask(client, region, query)
    assert refusal["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await ask(client, region | {"X-Purpose": "REG-2026-1"}, query))["data"]
    assert (await ask(client, region | {"X-Purpose": "REG-2026-1"}, query))["data"]
    assert await refused_or_allowed(us) == [
        ("REFUSED", ["Person.displayName"], 0),
        ("ALLOWED", ["Person.displayName"], 0),
        ("ALLOWED", ["Person.displayName"], 0),
    ]


LINKED = [
    "query ($i: ID!) { person(by: {id: $i}) { nominations { totalCount } } }",
    "query ($i: ID!) { person(by: {id: $i}) { delegates { nodes { role } } } }",
    "query ($i: ID!) { nominations(filter: { nominee: { person: { id: { eq: $i } } } }) { nodes { stage } } }",
    "query ($i: ID!) { people(filter: { id: { eq: $i } }, orderBy: { field: DISPLAY_NAME }) { edges { cursor } } }",
]


@pytest.mark.parametrize("query", LINKED)
async def test_a_reading_of_a_person_s_records_is_recorded_with_the_person(
    client: httpx.AsyncClient, tmp_path: Path, us: str, query: str
) -> None:
    headers = bearer(tmp_path, "ministry", organisation=us) | {"X-Purpose": "REG-2026-1"}
    nominees = "{ nominations(first: 50, filter: { nominee: { person: { isNull: false } } }) { nodes { nominee { ... on Person { id } } } } }"
    nodes = (await ask(client, headers, nominees))["data"]["nominations"]["nodes"]
    person = nodes[0]["nominee"]["id"]
    before = len(await refused_or_allowed(us))
    assert (await ask(client, headers, query, i=person))["data"]
    ((decision, _, persons),) = (await refused_or_allowed(us))[before:]
    assert (decision, persons) == ("ALLOWED", 1)


async def test_responses_about_people_are_not_cached(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    region = bearer(tmp_path, "region", region="KZ-75", organisation=us)
    query = {"query": "{ people(first: 50) { nodes { displayName } } }"}
    response = await client.get(
        "/graphql", params=query, headers=region | {"X-Purpose": "REGISTRATION"}
    )
    assert response.json()["data"]["people"]["nodes"][0]["displayName"]
    assert "no-store" in response.headers["cache-control"]
    for _ in range(2):  # each answer says what is withheld
        answer = (await client.post("/graphql", json=query, headers=region)).json()
        (note,) = answer["extensions"]["withheld"]
        assert (note["coordinate"], note["reason"]) == ("Person.displayName", "NO_PURPOSE")


async def test_an_error_during_execution_costs_as_much_as_one_before(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    """Each refusal is recorded, so free ones could fill the log."""
    region = bearer(tmp_path, "region", region="KZ-75", organisation=us)
    left = []
    for query in (
        '{ people(filter: { displayName: { contains: "ан" } }) { totalCount } }',
        "{ volunteers { nodes { person { id } } } }",
        "{ regions { code } }",
    ):
        answer = await ask(client, region, query)
        left.append(answer["extensions"]["cost"]["budget"]["remaining"])
    assert left[0] - left[1] == REJECTED
    assert left[0] <= Limits().budget - REJECTED


async def test_names_that_another_country_reads_are_recorded(
    client: httpx.AsyncClient, tmp_path: Path, us: str
) -> None:
    partner = bearer(tmp_path, "partner", country="KG", organisation=us)
    headers = partner | {"X-Purpose": "FORUM_PARTICIPATION"}
    found = await ask(client, headers, "{ people(first: 100) { nodes { displayName } } }")
    names = [node["displayName"] for node in found["data"]["people"]["nodes"]]
    assert any(names)
    ((decision, coordinates, persons),) = await refused_or_allowed(us)
    assert (decision, coordinates) == ("ALLOWED", ["Person.displayName"])
    assert persons == len([name for name in names if name])
