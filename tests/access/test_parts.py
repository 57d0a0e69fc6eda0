"""Personal data in incremental responses is recorded before each part is sent."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.database.connection import fetch
from tests.support.application import bearer, served

DEFERRED = "{ people(first: 3) { nodes @stream(initialCount: 1) { displayName ... @defer { familyName } } } }"


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a server with the small generated country."""
    async with served(populated, tmp_path) as client:
        yield client


def given(answer: httpx.Response) -> list[Any]:
    """Return the family names in the parts of a response."""
    bodies = [
        json.loads(part.partition("\r\n\r\n")[2]) for part in answer.text.split("--graphql")[1:-1]
    ]
    items = [item for body in bodies for item in body.get("incremental", ())]
    return [item["data"]["familyName"] for item in items if item.get("data")]


async def requested(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    accept = {"Accept": "multipart/mixed;deferSpec=20220824"}
    return await client.post("/graphql", json={"query": DEFERRED}, headers={**accept, **headers})


async def test_everyone_whose_data_is_in_a_part_is_recorded(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    headers = bearer(tmp_path, "ministry") | {"X-Purpose": "REGISTRATION"}
    answer = await requested(client, **headers, **{"X-Request-Id": "parts-1"})
    assert len([name for name in given(answer) if name]) == 3
    counts = await fetch("SELECT person_count FROM access_records WHERE request_id = 'parts-1'")
    assert sum(row[0] for row in counts) == 3  # each person once


async def test_parts_are_rejected_like_the_whole(client: httpx.AsyncClient, tmp_path: Path) -> None:
    for headers in ({}, bearer(tmp_path, "ministry"), bearer(tmp_path, "analyst")):
        answer = await requested(client, **headers)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
