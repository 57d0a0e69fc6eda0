"""A person: lookup by IIN, and the access log entries about them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from strawberry.relay import from_base64

from erikti.database.connection import fetch
from tests.support.application import bearer, served

PEOPLE = "{ people(first: 100) { nodes { id displayName iin } } }"
BY_IIN = "query ($iin: String!) { personByIin(iin: $iin) { id } }"
ACCESSES = """query ($id: ID!) { person(by: {id: $id}) { accessRecords { totalCount nodes {
  client organisation country { code } purpose decision coordinates requestId } } } }"""


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a server with the small generated country."""
    async with served(populated, tmp_path) as client:
        yield client


async def ask(
    client: httpx.AsyncClient, query: str, headers: dict[str, str], **variables: Any
) -> Any:
    body = {"query": query, "variables": variables}
    return (await client.post("/graphql", json=body, headers=headers)).json()


async def person_with_a_number(client: httpx.AsyncClient, headers: dict[str, str]) -> Any:
    nodes = (await ask(client, PEOPLE, headers))["data"]["people"]["nodes"]
    return next(node for node in nodes if node["iin"])


async def test_a_registrar_finds_a_person_by_their_number(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    headers = bearer(tmp_path, "ministry") | {"X-Purpose": "REG-2026-1"}
    person = await person_with_a_number(client, headers)
    headers["X-Request-Id"] = "by-number"
    found = await ask(client, BY_IIN, headers, iin=person["iin"])
    assert found["data"]["personByIin"]["id"] == person["id"]
    sql = "SELECT coordinates, person_count FROM access_records WHERE request_id = 'by-number'"
    ((coordinates, persons),) = await fetch(sql)
    assert (json.loads(coordinates), persons) == (["Query.personByIin"], 1)
    assert (await ask(client, BY_IIN, headers, iin="900101350000"))["data"] == {"personByIin": None}
    for wrong in ("", "12345678901", "1234567890123", "90010135000x"):
        (error,) = (await ask(client, BY_IIN, headers, iin=wrong))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "iin"}
    without = await ask(client, BY_IIN, bearer(tmp_path, "ministry"), iin=person["iin"])
    assert without["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for role in ("analyst", "commission", "officer"):
        headers = bearer(tmp_path, role) | {"X-Purpose": "REG-2026-1"}
        answer = await ask(client, BY_IIN, headers, iin=person["iin"])
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_person_and_the_officer_see_who_read_about_the_person(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    registrar = bearer(tmp_path, "ministry", organisation="Ministry") | {
        "X-Purpose": "REG-2026-2",
        "X-Request-Id": "read-about",
    }
    query = "query ($id: ID!) { person(by: {id: $id}) { email } }"
    person = (await person_with_a_number(client, registrar))["id"]
    await ask(client, query, registrar, id=person)
    me = bearer(tmp_path, "person", person=from_base64(person)[1])
    # Callers need no purpose for their own data.
    own = await ask(
        client, "query ($id: ID!) { person(by: {id: $id}) { familyName iin } }", me, id=person
    )
    assert own["data"]["person"]["familyName"]
    for caller in (me, bearer(tmp_path, "officer")):
        found = (await ask(client, ACCESSES, caller, id=person))["data"]["person"]
        records = found["accessRecords"]["nodes"]
        assert {
            "client": "erikti-demo",
            "organisation": "Ministry",
            "country": {"code": "KZ"},
            "purpose": "REG-2026-2",
            "decision": "ALLOWED",
            "coordinates": ["Person.email"],
            "requestId": "read-about",
        } in records
        assert found["accessRecords"]["totalCount"] == len(records)
    for role in ("ministry", "analyst"):
        answer = await ask(client, ACCESSES, bearer(tmp_path, role), id=person)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_person_does_not_see_who_read_about_others(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Not even about laureates, whose names are public."""
    query = "{ laureates(first: 100) { nodes { nominee { ... on Person { id email } } } } }"
    commission = bearer(tmp_path, "commission") | {"X-Purpose": "AWARD_ASSESSMENT"}
    nodes = (await ask(client, query, commission))["data"]["laureates"]["nodes"]
    laureate = next(n["nominee"]["id"] for n in nodes if "id" in n["nominee"])
    officer = (await ask(client, ACCESSES, bearer(tmp_path, "officer"), id=laureate))["data"]
    assert officer["person"]["accessRecords"]["totalCount"] > 0
    me = bearer(tmp_path, "person", person="019ab000-0000-7000-8000-000000000000")
    other = (await ask(client, ACCESSES, me, id=laureate))["data"]
    assert other["person"]["accessRecords"] == {"totalCount": 0, "nodes": []}
