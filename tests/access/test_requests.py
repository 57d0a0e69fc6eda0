"""Access over HTTP: authentication, the access log, and isolation of responses."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from strawberry.relay import to_base64

from erikti.database.connection import fetch, transaction
from erikti.guard.limits import Limits
from erikti.settings import Settings
from models.people import Consent
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.global_ids import key_text
from tests.schema.lists import ROOTS
from tests.support.application import bearer, served
from tests.support.databases import KEYS
from tests.support.queries import statements

GRAPHQL = "application/graphql-response+json"
# Lists of records that name a person themselves.
OF_ONE = [ROOTS[m.__name__] for m, way in STANDS_FOR.items() if len(way) == 1 and m is not Consent]
NAMES = "{ delegates(first: 100) { nodes { person { id familyName } } } }"


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a server with the small generated country."""
    async with served(populated, tmp_path) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/graphql", json={"query": query}, headers=names)


async def records(request: str) -> list[Any]:
    """Return the entries of the access log for a request ID."""
    sql = "SELECT decision, client, country, purpose, coordinates, person_count FROM access_records"
    return [tuple(row) for row in await fetch(f"{sql} WHERE request_id = '{request}'")]


async def test_a_bad_token_is_refused_and_recorded(client: httpx.AsyncClient) -> None:
    response = await ask(
        client, "{ regions { code } }", authorization="Bearer x.y.z", x_request_id="bad-token"
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('Bearer realm="erikti"')
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert response.headers["x-request-id"] == "bad-token"
    assert await records("bad-token") == [("REFUSED", None, None, None, "[]", 0)]


@pytest.mark.parametrize(("accept", "status"), [("*/*", 200), (GRAPHQL, 403)])
async def test_a_forbidden_operation_is_rejected_and_recorded(
    client: httpx.AsyncClient, tmp_path: Path, accept: str, status: int
) -> None:
    request = f"refused-{status}"
    with statements() as made:
        response = await ask(
            client,
            "{ regions { code } people { nodes { email iin } } }",
            accept=accept,
            x_request_id=request,
            **bearer(tmp_path, "analyst"),
        )
    assert made == []
    assert response.status_code == status
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    ((decision, _, country, _, coordinates, persons),) = await records(request)
    assert (decision, country, persons) == ("REFUSED", "KZ", 0)
    assert json.loads(coordinates) == ["Person.email", "Person.iin"]


@pytest.mark.parametrize("root", OF_ONE)
async def test_records_of_organisations_among_those_of_people_are_recorded(
    client: httpx.AsyncClient, tmp_path: Path, root: str
) -> None:
    """A filter by what identifies people may leave records without a person."""
    headers = bearer(tmp_path, "ministry") | {"X-Purpose": "REG-2026-17", "X-Request-Id": root}
    filter_ = '{ not: { source: { system: "none", identifier: "none" } } }'
    query = f"{{ {root}(first: 100, filter: {filter_}) {{ nodes {{ id }} }} }}"
    answer = (await client.post("/graphql", json={"query": query}, headers=headers)).json()
    assert "errors" not in answer
    ((decision, *_, persons),) = await records(root)
    assert decision == "ALLOWED"
    assert 0 < persons <= len(answer["data"][root]["nodes"])


async def test_each_request_for_sources_of_people_is_recorded(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """No cached response is sent instead."""
    ((id_,),) = await fetch("SELECT id FROM volunteers ORDER BY id LIMIT 1")
    key = to_base64("Volunteer", key_text(id_))
    query = f'{{ volunteer(by: {{ id: "{key}" }}) {{ source {{ identifier }} }} }}'
    token = bearer(tmp_path, "ministry")
    for number, purpose in enumerate(("", "", "REG-2026-17", "REG-2026-17")):
        given = {"x_purpose": purpose} if purpose else {}
        answer = await ask(client, query, x_request_id=f"sources-{number}", **given, **token)
        identifier = answer.json()["data"]["volunteer"]["source"]["identifier"]
        assert (identifier is not None) == bool(purpose)
        if purpose:
            ((decision, *_, persons),) = await records(f"sources-{number}")
            assert (decision, persons) == ("ALLOWED", 1)


async def test_personal_data_is_recorded_before_it_is_sent(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    headers = bearer(tmp_path, "ministry") | {"X-Purpose": "REG-2026-17", "X-Request-Id": "given"}
    answer = (await client.post("/graphql", json={"query": NAMES}, headers=headers)).json()
    people = {node["person"]["id"] for node in answer["data"]["delegates"]["nodes"]}
    assert any(node["person"]["familyName"] for node in answer["data"]["delegates"]["nodes"])
    assert "withheld" not in answer["extensions"]
    ((decision, _, country, purpose, coordinates, persons),) = await records("given")
    assert (decision, country, purpose) == ("ALLOWED", "KZ", "REG-2026-17")
    assert (json.loads(coordinates), persons) == (
        ["Delegate.person", "Person.familyName"],
        len(people),
    )


async def test_personal_data_is_withheld_if_it_cannot_be_recorded(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path) as client:
        async with transaction() as connection:
            await connection.execute_query("DROP TABLE access_persons")
            await connection.execute_query("DROP TABLE access_records")
        headers = bearer(tmp_path, "ministry") | {"X-Purpose": "REGISTRATION"}
        query = "{ people { nodes { email } } }"
        answer = (await client.post("/graphql", json={"query": query}, headers=headers)).json()
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        query = "{ people { nodes { displayName } } }"
        answer = (await client.post("/graphql", json={"query": query}, headers=headers)).json()
        assert answer["data"] == {"people": {"nodes": []}}


@pytest.mark.parametrize("purpose", ["", "curiosity", "REGISTRATION ", "REG-26-1", "é", "R" * 5000])
async def test_a_purpose_is_a_code_or_a_case(
    client: httpx.AsyncClient, tmp_path: Path, purpose: str
) -> None:
    headers = bearer(tmp_path, "ministry") | {"X-Purpose": purpose}
    response = await client.post(
        "/graphql",
        json={"query": NAMES},
        headers=[(k.encode(), v.encode()) for k, v in headers.items()],
    )
    assert response.status_code == 400
    assert "X-Purpose" in response.json()["errors"][0]["message"]


async def test_a_foreign_partner_gets_the_data_that_people_consented_to(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """The response matches a handwritten statement, for a valid and an invalid purpose."""
    valid = (
        "SELECT c.person_id FROM consents c WHERE c.recipient_country_id = 'KG' AND c.purpose = 'FORUM_PARTICIPATION'"
        " AND c.given_on <= CURRENT_DATE AND c.expires_on >= CURRENT_DATE"
        " AND (c.withdrawn_on IS NULL OR c.withdrawn_on > CURRENT_DATE)"
    )
    partner = bearer(tmp_path, "partner", country="KG")
    headers = partner | {"X-Purpose": "FORUM_PARTICIPATION", "X-Request-Id": "partner"}
    answer = (await client.post("/graphql", json={"query": NAMES}, headers=headers)).json()
    shown = {
        n["person"]["id"]: n["person"]["familyName"] for n in answer["data"]["delegates"]["nodes"]
    }
    consenting = {to_base64("Person", key_text(row[0])) for row in await fetch(valid)}
    assert shown
    given = {person for person in shown if person in consenting}
    assert given
    assert all(shown[person] for person in given)
    others = set(shown) - given
    assert not any(shown[person] for person in others)
    withheld = answer["extensions"].get("withheld", [])
    assert sum(item["count"] for item in withheld) == len(others)
    assert {item["reason"] for item in withheld} <= {"NO_CONSENT"}
    ((_, _, country, _, _, persons),) = await records("partner")
    assert (country, persons) == ("KG", len(given))
    for purpose in ("EMERGENCY", "KG-2026-1"):
        headers = partner | {"X-Purpose": purpose}
        answer = (await client.post("/graphql", json={"query": NAMES}, headers=headers)).json()
        assert not any(n["person"]["familyName"] for n in answer["data"]["delegates"]["nodes"])
        ((item),) = answer["extensions"]["withheld"]
        assert item == {
            "coordinate": "Person.familyName",
            "reason": "NO_CONSENT",
            "count": len(shown),
        }


@pytest.mark.parametrize("role", ["region", "commission", "liaison", "partner", "person"])
async def test_only_the_names_of_laureates_are_public(
    client: httpx.AsyncClient, tmp_path: Path, role: str
) -> None:
    """A public name does not make a person's other data public."""
    bounds: dict[str, dict[str, str]] = {
        "region": {"region": "KZ-11"},
        "partner": {"country": "AM"},
        "person": {"person": "019ab000-0000-7000-8000-000000000000"},
    }
    headers = bearer(tmp_path, role, **bounds.get(role, {})) | {"X-Purpose": "AWARD_ASSESSMENT"}
    query = "{ laureates(first: 100) { nodes { nominee { ... on Person { displayName familyName } } } } }"
    answer = (await client.post("/graphql", json={"query": query}, headers=headers)).json()
    people = [n["nominee"] for n in answer["data"]["laureates"]["nodes"] if n["nominee"]]
    assert all(person["displayName"] for person in people)
    reasons = {item["reason"] for item in answer["extensions"].get("withheld", ())}
    if role == "commission":
        assert any(person["familyName"] for person in people)
        assert reasons == set()
    else:
        assert "NOT_RESPONSIBLE" in reasons
        assert sum(bool(person["familyName"]) for person in people) < len(people) / 2


async def test_responses_are_not_mixed_up_between_callers(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """A thousand requests for cacheable fields by two callers: each gets its own rows."""
    query = "{ volunteers(first: 5) { totalCount nodes { region { code } } } }"
    callers = {region: bearer(tmp_path, "region", region=region) for region in ("KZ-75", "KZ-71")}
    expected = {}
    for region in callers:
        sql = f"SELECT count(*) FROM volunteers WHERE region_id = '{region}'"
        expected[region] = (await fetch(sql))[0][0]
    assert len(set(expected.values())) == 2
    for turn in range(1000):
        region = ("KZ-75", "KZ-71")[turn % 2]
        response = (
            await client.get("/graphql", params={"query": query}, headers=callers[region])
            if turn % 3 == 0
            else await client.post("/graphql", json={"query": query}, headers=callers[region])
        )
        found = response.json()["data"]["volunteers"]
        assert found["totalCount"] == expected[region]
        assert {node["region"]["code"] for node in found["nodes"]} == {region}
    hits = re.search(r"hits (\d+)", (await client.get("/metrics")).text)
    assert hits is not None
    assert int(hits[1]) > 900


async def test_responses_to_callers_are_not_cacheable_by_proxies(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    query = {"query": "{ regions { code } }"}
    known = await client.get("/graphql", params=query, headers=bearer(tmp_path, "analyst"))
    assert known.headers["cache-control"] == "private, max-age=3600"
    anyone = await client.get("/graphql", params=query)
    assert anyone.headers["cache-control"] == "public, max-age=3600"
    assert "extensions" not in anyone.json()


async def test_a_caller_with_an_exhausted_budget_must_wait(
    database_url: str, tmp_path: Path
) -> None:
    limits = Limits(public_budget=100, budget=300, budget_seconds=3600)
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", keys=KEYS, limits=limits)
    query = "{ regions { code } viewer { budget { limit remaining } } }"
    async with served(database_url, tmp_path, settings) as client:
        for headers, most in (({}, 100), (bearer(tmp_path, "analyst"), 300)):
            left = most
            while True:
                response = await client.post("/graphql", json={"query": query}, headers=headers)
                if response.status_code == 429:
                    break
                cost = response.json()["extensions"]["cost"]
                assert cost["budget"]["remaining"] == left - cost["requested"]
                left = cost["budget"]["remaining"]
                viewer = response.json()["data"]["viewer"]
                assert viewer["budget"] == {"limit": most, "remaining": left}
            assert left < cost["requested"]
            assert 0 < int(response.headers["retry-after"]) <= 3600
            assert response.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            # Clients of streams retry after such a status.
            stream = await ask(client, query, accept="text/event-stream", **headers)
            assert stream.status_code == 429
            assert 0 < int(stream.headers["retry-after"]) <= 3600


async def test_an_answer_has_a_largest_size(database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        "127.0.0.1", 0, tmp_path, database_url, "", keys=KEYS, limits=Limits(response_bytes=2_000)
    )
    async with served(database_url, tmp_path, settings) as client:
        small = await ask(client, "{ regions { code } }")
        assert len(small.json()["data"]["regions"]) == 20
        large = (await ask(client, "{ countries { code name } }")).json()
        assert large["data"] is None
        assert large["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_anonymous_callers_cannot_read_the_schema_in_production(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        "127.0.0.1",
        0,
        tmp_path,
        database_url,
        "",
        keys=KEYS,
        production=True,
        oidc_issuer="http://127.0.0.1:9/issuer",
    )
    async with served(database_url, tmp_path, settings) as client:
        for query in ("{ __schema { types { name } } }", '{ t: __type(name: "Person") { name } }'):
            answer = (await ask(client, query)).json()
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        answer = (await ask(client, "{ _service { sdl } }")).json()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "Did you mean" not in (await ask(client, "{ region { code } }")).text
        assert (await ask(client, "{ regions { code } }")).json()["data"]
        # A caller whose token cannot be verified at present is not treated as anonymous.
        headers = bearer(tmp_path, "ministry")
        assert (await ask(client, "{ regions { code } }", **headers)).status_code in (401, 503)


async def test_other_methods_are_not_there(client: httpx.AsyncClient) -> None:
    response = await client.put("/graphql", json={"query": "{ regions { code } }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
