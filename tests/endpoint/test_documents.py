"""Requests by hash over sockets, streams and URLs of a real server."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import erikti
from tests.support.talking import Talking, heard, say, talking
from tests.trusted_documents.asking import automatic, by_id, digest

pytestmark = pytest.mark.usefixtures("processes")

PUBLISHED = "query Published { viewer { role } }"
FOLLOWED = "subscription Followed { statisticsChanged(year: 2025) { year } }"
REGISTERED = "query Registered { regions { code } }"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


async def told(server: Talking, **payload: Any) -> Any:
    """Return the messages for a payload on a new socket."""
    async with server.socket() as socket:
        await say(socket, "subscribe", id="1", payload=payload)
        return await heard(socket)


async def test_documents_are_found_over_every_transport(own_country: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({digest(text): text for text in (PUBLISHED, FOLLOWED)}))
    done = erikti("documents", "publish", str(manifest), ERIKTI_DATA=str(own_country))
    assert done.returncode == 0, done.stderr
    with talking(own_country) as server:
        answer = await told(server, **by_id(PUBLISHED))
        assert answer["payload"] == {"data": {"viewer": {"role": None}}}
        answer = await told(server, **by_id(FOLLOWED))
        assert answer["payload"] == {"data": {"statisticsChanged": {"year": 2025}}}
        (error,) = (await told(server, **by_id(REGISTERED)))["payload"]
        assert error["extensions"]["code"] == NOT_FOUND
        await _streamed(server)
        await _registered(server)


async def _streamed(server: Talking) -> None:
    headers = {"Accept": "text/event-stream"}
    async with (
        server.client() as client,
        client.stream("GET", "/graphql", params=by_id(FOLLOWED), headers=headers) as response,
    ):
        lines = response.aiter_lines()
        async for line in lines:
            if line.startswith("data: {"):
                data = json.loads(line.removeprefix("data: "))["data"]
                assert data == {"statisticsChanged": {"year": 2025}}
                break


async def _registered(server: Talking) -> None:
    """A document registered on a socket is found there and by a cacheable URL."""
    asked = automatic(REGISTERED)
    (error,) = (await told(server, **asked))["payload"]
    assert (error["message"], error["extensions"]["code"]) == ("PersistedQueryNotFound", NOT_FOUND)
    first = await told(server, query=REGISTERED, **asked)
    assert len(first["payload"]["data"]["regions"]) == 20
    assert await told(server, **asked) == first
    async with server.client() as client:
        response = await client.get(
            "/graphql", params={"extensions": json.dumps(asked["extensions"])}
        )
        assert response.json()["data"] == first["payload"]["data"]
        assert response.headers["cache-control"] == "public, max-age=3600"
        assert response.headers["etag"]
