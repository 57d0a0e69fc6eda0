"""The server over HTTP: queries, GraphiQL, health, languages."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.database.connection import Database
from erikti.endpoint.requests import language
from erikti.settings import Settings
from erikti.web import console
from models.migrate import migrate
from models.people import Language
from tests.support.application import served
from tests.support.databases import KEYS
from tests.support.queries import is_query
from tests.support.waiting import PATIENCE


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with the small sample country."""
    async with served(populated, tmp_path) as client:
        yield client


async def test_a_query_is_answered_by_post_and_get(client: httpx.AsyncClient) -> None:
    query = "{ organisations { totalCount } }"
    expected = {"organisations": {"totalCount": 811}}
    for answer in (
        await client.post("/graphql", json={"query": query}),
        await client.get("/graphql", params={"query": query}),
    ):
        assert answer.json()["data"] == expected
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", "Абай облысы"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "область Абай"),
        ("de, en;q=0.5, ru;q=0.4", "Abai Region"),
        ("fr", "Абай облысы"),
        ("en;q=0, ru;q=0.1", "область Абай"),
        ("ru;q=huge, en", "Abai Region"),
    ],
)
async def test_names_come_in_the_callers_language(
    client: httpx.AsyncClient, header: str, name: str
) -> None:
    response = await client.post(
        "/graphql",
        json={"query": '{ node(id: "UmVnaW9uOktaLTEw") { ... on Region { name } } }'},
        headers={"Accept-Language": header},
    )
    assert response.json()["data"]["node"]["name"] == name


def test_the_language_of_a_header_is_a_supported_one() -> None:
    assert language("kk-Cyrl-KZ") == Language.KK
    assert language("*") == Language.KK
    assert language(",;,;q=") == Language.KK


async def test_browsers_get_graphiql_from_this_server_alone(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"Accept": "text/html"})
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert not re.findall(r"https?://", response.text)
    for asset in re.findall(r'(?:src|href)="(/graphiql/[^"]+)"', response.text):
        assert (await client.get(asset)).status_code == 200
    assert "query FourDomains" in response.text
    assert len(console.examples()) == 6


async def shown_headers(client: httpx.AsyncClient) -> dict[str, str]:
    """Return headers of the GraphiQL page, which must not be cached."""
    response = await client.get("/graphql", headers={"Accept": "text/html"})
    assert response.headers["cache-control"] == "no-store"
    found = re.search(r"const headers = (.+);", response.text)
    assert found is not None
    headers: dict[str, str] = json.loads(json.loads(found[1]))
    return headers


async def test_in_demo_mode_graphiql_comes_with_a_fresh_token_of_an_analyst(
    client: httpx.AsyncClient,
) -> None:
    shown = [await shown_headers(client) for _ in range(2)]
    assert shown[0]["Authorization"] != shown[1]["Authorization"]
    asked = {"Authorization": shown[0]["Authorization"]}
    body = {"query": "{ viewer { role } }"}
    answer = await client.post("/graphql", json=body, headers=asked)
    assert answer.json()["data"] == {"viewer": {"role": "ANALYST"}}
    for query in filter(is_query, console.examples()):
        found = (await client.post("/graphql", json={"query": query}, headers=asked)).json()
        assert "errors" not in found
        assert all(found["data"].values())


@pytest.mark.parametrize(
    "changes", [{"oidc_issuer": "https://id.example"}, {"production": True}], ids=str
)
async def test_beside_a_provider_graphiql_comes_with_no_token(
    database_url: str, tmp_path: Path, changes: dict[str, Any]
) -> None:
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", keys=KEYS, **changes)
    async with served(database_url, tmp_path, settings) as client:
        assert await shown_headers(client) == {"Authorization": "Bearer ", "X-Purpose": ""}
        page = (await client.get("/graphql", headers={"Accept": "text/html"})).text
    assert "Demo mode" not in page
    assert "eyJ" not in page


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"x"',
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"query": 1}',
        b'{"query": "{ viewer { client } }", "variables": 1}',
        b'{"query": null}',
        b"[" * 10_000,
        b'{"variables": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: body[:20],
)
async def test_an_invalid_body_is_rejected(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(
        "/graphql", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400
    assert 0 < len(response.text) < 200


async def test_the_root_leads_to_graphql(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 307
    assert response.headers["location"] == "/graphql"


async def test_the_health_routes_report_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz/live")).json() == {"status": "live"}
    ready = await client.get("/healthz/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_an_empty_database_is_not_ready(empty_url: str, tmp_path: Path) -> None:
    async with served(empty_url, tmp_path) as client:
        ready = await client.get("/healthz/ready")
        assert ready.status_code == 503
        assert "run erikti migrate" in ready.json()["reason"]
        answer = (await client.post("/graphql", json={"query": "{ regions { code } }"})).json()
        assert answer["data"] == {"regions": None}
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["message"] == "internal error"
        assert re.fullmatch(r"[0-9a-f-]{36}", error["extensions"]["correlationId"])


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until the server is ready, which may take longer than a probe on a busy machine."""
    async with asyncio.timeout(PATIENCE):
        while (await client.get("/healthz/ready")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # the server has no event to wait for


async def test_a_moved_database_file_is_unavailable_until_it_is_back(
    tmp_path: Path,
) -> None:
    file, elsewhere = tmp_path / "erikti.db", tmp_path / "elsewhere.db"
    url = f"sqlite://{file}"
    async with Database(url):
        await migrate(url)
    async with served(url, tmp_path) as client:
        await ready(client)
        file.rename(elsewhere)
        away = await client.get("/healthz/ready")
        reason = "the database cannot be used: it is not there"
        assert (away.status_code, away.json()["reason"]) == (503, reason)
        elsewhere.rename(file)
        await ready(client)


async def test_cursors_of_one_start_hold_after_the_next(populated: str, tmp_path: Path) -> None:
    query = (
        "query ($after: String) { projects(first: 1, after: $after) { pageInfo { endCursor } } }"
    )
    async with served(populated, tmp_path) as client:
        first = (await client.post("/graphql", json={"query": query})).json()
    cursor = first["data"]["projects"]["pageInfo"]["endCursor"]
    asked = {"query": query, "variables": {"after": cursor}}
    async with served(populated, tmp_path) as client:
        assert "errors" not in (await client.post("/graphql", json=asked)).json()
    async with served(populated, tmp_path / "another") as client:
        (error,) = (await client.post("/graphql", json=asked)).json()["errors"]
    assert error["extensions"]["argument"] == "after"
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
