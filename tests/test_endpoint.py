"""GraphQL over HTTP: caching, its headers, and the budget."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.database.connection import transaction
from erikti.endpoint.operations import READ
from erikti.guard.limits import Limits
from erikti.settings import Settings
from tests.support.application import bearer, served
from tests.support.databases import KEYS
from tests.support.queries import engine, statements
from tests.support.talking import CHANGED

GOALS = "{ sustainableDevelopmentGoals { number name } }"
COUNTRIES = "{ countries { code name } }"
PERSONAL = "{ people { nodes { displayName iin } } }"


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with reference data."""
    async with served(database_url, tmp_path) as client:
        yield client


async def get(client: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.get("/graphql", params={"query": query}, headers=names)


async def post(client: httpx.AsyncClient, query: str, **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = (await client.post("/graphql", json={"query": query}, headers=names)).json()
    # What is left of the budget differs from request to request.
    answer.pop("extensions")
    return answer


async def test_a_cached_response_needs_no_statement(client: httpx.AsyncClient) -> None:
    first = await post(client, GOALS)
    with statements() as made:
        assert await post(client, GOALS) == first
        assert (await post(client, GOALS + " "))["data"] == first["data"]
    assert len(made) == 1


async def test_responses_are_cached_by_language_and_variables(client: httpx.AsyncClient) -> None:
    kazakh = await post(client, GOALS, accept_language="kk")
    assert await post(client, GOALS, accept_language="en") != kazakh
    assert await post(client, GOALS, accept_language="kk-KZ") == kazakh
    query = "query ($cis: Boolean) { countries(cis: $cis) { code } }"
    sizes = set()
    for cis in (True, False, None):
        for _ in range(2):
            body = {"query": query, "variables": {"cis": cis}}
            answer = (await client.post("/graphql", json=body)).json()
            sizes.add((cis, len(answer["data"]["countries"])))
    assert len(sizes) == 3


async def test_equal_requests_at_once_are_computed_once(client: httpx.AsyncClient) -> None:
    with statements() as made:
        answers = await asyncio.gather(*(post(client, COUNTRIES) for _ in range(50)))
    assert all(answer == answers[0] for answer in answers)
    assert len(made) == 1


async def test_a_response_with_personal_data_is_never_cached(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    headers = bearer(tmp_path, "ministry") | {"X-Purpose": "REGISTRATION"}
    for method in ("GET", "POST"):
        asked: dict[str, Any] = {"params" if method == "GET" else "json": {"query": PERSONAL}}
        for _ in range(2):
            with statements() as made:
                response = await client.request(method, "/graphql", headers=headers, **asked)
            assert response.json()["data"] == {"people": {"nodes": []}}
            assert response.headers["cache-control"] == "no-store"
            assert len(made) == 1


async def test_a_response_with_errors_is_not_cached(client: httpx.AsyncClient) -> None:
    query = "{ countries { code } statistics(year: 1999) { year } }"
    for _ in range(2):
        with statements() as made:
            response = await get(client, query)
        assert response.json()["errors"]
        assert response.headers["cache-control"] == "no-cache"
        assert len(made) == 2


async def test_browsers_and_proxies_get_max_age_and_an_etag(
    client: httpx.AsyncClient,
) -> None:
    response = await get(client, GOALS)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert response.headers["age"] == "0"
    assert "Accept-Language" in response.headers["vary"]
    etag = response.headers["etag"]
    for header in (etag, f'"other", {etag.removeprefix("W/")}', "*"):
        unchanged = await get(client, GOALS, if_none_match=header)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == etag
    assert (await get(client, GOALS, if_none_match='"other"')).status_code == 200
    assert (await get(client, GOALS, accept_language="en")).headers["etag"] != etag


async def test_responses_by_post_are_not_cached_by_proxies(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": GOALS})
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_the_response_cache_can_be_switched_off(database_url: str, tmp_path: Path) -> None:
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", response_cache=False, keys=KEYS)
    async with served(database_url, tmp_path, settings) as client:
        for _ in range(2):
            with statements() as made:
                assert (await post(client, GOALS))["data"]
            assert len(made) == 1


async def test_metrics_count_what_the_cache_did(client: httpx.AsyncClient) -> None:
    await post(client, GOALS)
    await post(client, GOALS)
    lines = dict(line.split() for line in (await client.get("/metrics")).text.splitlines())
    assert lines["erikti_response_cache_hits"] == "1"
    assert lines["erikti_response_cache_misses"] == "1"
    assert lines["erikti_response_cache_away"] == "0"


async def test_without_a_cache_a_write_is_seen_at_once(database_url: str, tmp_path: Path) -> None:
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", response_cache=False, keys=KEYS)
    async with served(database_url, tmp_path, settings) as client:
        before = await post(client, COUNTRIES)
        async with transaction() as connection:
            await connection.execute_query("DELETE FROM countries WHERE code = 'FJ'")
        after = await post(client, COUNTRIES)
    assert len(after["data"]["countries"]) == len(before["data"]["countries"]) - 1


@pytest.mark.parametrize("size", [1, 100])
async def test_the_row_limit_is_a_setting(database_url: str, tmp_path: Path, size: int) -> None:
    settings = Settings(
        "127.0.0.1", 0, tmp_path, database_url, "", limits=Limits(page=size), keys=KEYS
    )
    async with served(database_url, tmp_path, settings) as client:
        limits = await post(client, "{ viewer { rowLimits { page } } }")
        assert limits["data"]["viewer"]["rowLimits"]["page"] == size
        assert "errors" not in await post(client, f"{{ people(first: {size}) {{ totalCount }} }}")
        refused = await post(client, f"{{ people(first: {size + 1}) {{ totalCount }} }}")
        assert f"request from 1 to {size}" in refused["errors"][0]["message"]


async def charged(client: httpx.AsyncClient, query: str) -> dict[str, Any]:
    """Return the reported cost of an operation, and the points charged to the budget."""
    before = await left(client)
    body = (await client.post("/graphql", json={"query": query})).json()
    said: dict[str, Any] = body["extensions"]["cost"]
    # To look costs a point as well.
    return {
        "requested": said["requested"],
        "actual": said["actual"],
        "gone": before - await left(client) - 1,
    }


async def left(client: httpx.AsyncClient) -> int:
    """Return the remaining budget after a query."""
    answer = (await client.post("/graphql", json={"query": "{ viewer { role } }"})).json()
    found: int = answer["extensions"]["cost"]["budget"]["remaining"]
    return found


async def test_an_operation_is_charged_its_actual_cost_and_a_cache_hit_one_point(
    client: httpx.AsyncClient,
) -> None:
    # A migrated database has no volunteer organisations: of the page nothing is there.
    query = '{ organisations(first: 50, filter: { region: { code: { eq: "KZ-75" } } }) { nodes { id } } }'
    # What the answer comes to is less than what it takes to read the document.
    read = 1 + len(query) // READ
    assert await charged(client, query) == {"requested": 52, "actual": 2, "gone": read}
    assert await charged(client, query) == {"requested": 52, "actual": 1, "gone": 1}


async def test_an_error_of_the_budget_has_the_cost_and_the_reset_time(
    database_url: str, tmp_path: Path
) -> None:
    limits = Limits(public_budget=50)
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", limits=limits, keys=KEYS)
    async with served(database_url, tmp_path, settings) as client:
        response = await client.post(
            "/graphql", json={"query": "{ organisations(first: 99) { nodes { id } } }"}
        )
    (error,) = response.json()["errors"]
    resets_at = error["extensions"].pop("resetsAt")
    assert response.status_code == 429
    assert response.headers["retry-after"] == str(error["extensions"].pop("retryAfter"))
    assert error["extensions"] == {
        "code": "LIMIT_EXCEEDED",
        "limit": "budget",
        "asked": 100,
        "allowed": 50,
    }
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.000000Z", resets_at)
    now = datetime.now(UTC)
    assert (
        now
        <= datetime.fromisoformat(resets_at)
        <= now + timedelta(seconds=limits.budget_seconds + 1)
    )


async def test_a_stream_that_goes_over_the_budget_ends_with_the_reason(
    populated: str, tmp_path: Path
) -> None:
    cost, _ = engine().documents.find(CHANGED).requested(None, {})
    first = max(cost, 1 + len(CHANGED) // READ)
    limits = Limits(public_budget=first + cost - 1)  # enough to subscribe, but not for an event
    settings = Settings("127.0.0.1", 0, tmp_path, populated, "", limits=limits, keys=KEYS)
    async with served(populated, tmp_path, settings) as client:
        response = await client.post(
            "/graphql", json={"query": CHANGED}, headers={"Accept": "text/event-stream"}
        )
    _, event, end, _ = response.text.split("\n\n")
    (error,) = json.loads(event.partition("data: ")[2])["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == (
        "LIMIT_EXCEEDED",
        "budget",
    )
    assert end.startswith("event: complete")
