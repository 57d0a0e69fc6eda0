"""What changes between two requests of one shape counts, whatever the fast path knows of them.

The shapes are a cached response, a response that depends on no record, and one that the database
writes each time.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.database.connection import connection
from erikti.guard.limits import Limits
from tests.endpoint.fast_path.ways import Headers, Ways, error, ways
from tests.support.application import bearer, database_of
from tests.support.clock import Clock
from tests.support.issuer import Issuer, new_keys, running

TYPENAME = {"query": "{ __typename }"}
VOLUNTEERS = {"query": "{ volunteers(first: 3) { totalCount nodes { id } } }"}
COUNTRIES = {"query": "{ countries { code name } }"}
WRITTEN = re.compile(r"\btextsend\(|\bAS BLOB\)")
# The body, and whether responses are cached.
SHAPES = {"kept": (VOLUNTEERS, True), "constant": (TYPENAME, True), "live": (VOLUNTEERS, False)}
BUDGET = 200


@dataclass
class Shape:
    """Requests of one shape to an application; ``log`` has its statements."""

    way: Ways
    body: dict[str, str]
    cached: bool
    log: pytest.LogCaptureFixture

    async def warm(self, headers: Headers) -> httpx.Response:
        """Send the request until it takes the fast path as its shape does; return the response."""
        if self.cached:
            return await self.way.warm(self.body, headers)
        for _ in range(2):  # the token is verified, and the operation becomes known
            await self.way.post(self.body, headers)
        return await self.again(headers)

    async def again(self, headers: Headers) -> httpx.Response:
        """Send a request that takes the fast path, and fail if it takes another way."""
        if self.cached:
            return await self.way.fast(self.body, headers)
        before = self.way.fast_path.written
        with self.log.at_level(logging.DEBUG, "erikti.sql"):
            self.log.clear()
            response = await self.way.post(self.body, headers)
        assert self.way.fast_path.written == before + 1
        assert any(WRITTEN.search(record.getMessage()) for record in self.log.records)
        return response

    async def rejected(self, headers: Headers) -> tuple[int, str]:
        """Return the status and the code of a request that gets no data."""
        hits = self.way.fast_path.hits
        response = await self.way.post(self.body, headers)
        assert self.way.fast_path.hits == hits
        assert response.json().get("data") is None
        return response.status_code, error(response)


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Callable[..., Any]:
    """Serves an application for a shape of request."""
    body, cached = SHAPES[request.param]

    @asynccontextmanager
    async def serve(url: str, data: Path, **settings: Any) -> AsyncIterator[Shape]:
        async with ways(url, data, response_cache=cached, **settings) as way:
            yield Shape(way, body, cached, caplog)

    return serve


def caller(issuer: Issuer, **claims: Any) -> dict[str, str]:
    """Return the header of a caller with a token of a provider."""
    return {"authorization": f"Bearer {issuer.token(**claims)}"}


def provider(shape: Shape) -> Any:
    """Return the keys of the provider that the application uses."""
    return shape.way.fast_path._senders._guards.authenticator._verifier.keys


async def test_a_token_expires(
    shape: Any, populated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shape(populated, tmp_path) as found:
        analyst = bearer(tmp_path, "analyst")
        await found.warm(analyst)
        clock = Clock()
        clock.day = 4_000_000_000.0
        for module in ("authenticator", "tokens"):
            monkeypatch.setattr(f"erikti.auth.{module}.time", clock)
        for _ in range(2):
            assert await found.rejected(analyst) == (401, "UNAUTHENTICATED")


async def test_a_token_is_revoked_with_its_key(
    shape: Any, database_url: str, tmp_path: Path
) -> None:
    with running() as issuer:
        async with shape(database_url, tmp_path, oidc_issuer=issuer.url) as found:
            before = caller(issuer)
            await found.warm(before)
            issuer.keys = new_keys("-2")
            await provider(found)._renew()
            for _ in range(2):
                assert await found.rejected(before) == (401, "UNAUTHENTICATED")
            await found.warm(caller(issuer))


async def test_the_keys_of_a_provider_that_is_away_expire(
    shape: Any, database_url: str, tmp_path: Path
) -> None:
    with running() as issuer:
        async with shape(database_url, tmp_path, oidc_issuer=issuer.url) as found:
            before = caller(issuer)
            await found.warm(before)
            keys = provider(found)
            keys._issuer = "http://127.0.0.1:9"
            await keys._renew()
            await found.again(before)  # they are used for a while
            keys._read -= 2 * keys._pace.keep
            for _ in range(2):
                assert await found.rejected(before) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("known", [True, False])
async def test_a_budget_is_used_up(shape: Any, populated: str, tmp_path: Path, known: bool) -> None:
    limits = Limits(budget=BUDGET, public_budget=BUDGET)
    async with shape(populated, tmp_path, limits=limits) as found:
        if not known and found.body is VOLUNTEERS:
            found.body = {"query": "{ regions { code } organisations(first: 1) { totalCount } }"}
        headers = bearer(tmp_path, "analyst") if known else {}
        cost = (await found.warm(headers)).json()["extensions"]["cost"]
        left = cost["budget"]["remaining"]
        while left >= max(cost["requested"], 1):
            cost = (await found.again(headers)).json()["extensions"]["cost"]
            assert cost["budget"]["remaining"] == left - max(cost["actual"], 1)
            left = cost["budget"]["remaining"]
        for _ in range(2):
            assert await found.rejected(headers) == (429, "LIMIT_EXCEEDED")


async def test_a_scope_is_lost(shape: Any, populated: str, tmp_path: Path) -> None:
    async with shape(populated, tmp_path) as found:
        await found.warm(bearer(tmp_path, "analyst"))
        for headers in (bearer(tmp_path, "officer"), {}):
            if found.body is TYPENAME:  # which needs none, and is not shared with others
                for _ in range(2 if headers else 1):  # a token is verified first
                    assert (await found.way.slow(found.body, headers)).status_code == 200
                await found.again(headers)
            else:
                for _ in range(3):
                    assert (await found.rejected(headers))[1] == "FORBIDDEN"


@pytest.mark.parametrize("shape", ["kept", "live"], indirect=True)
async def test_a_caller_sees_less(shape: Any, populated: str, tmp_path: Path) -> None:
    async with shape(populated, tmp_path) as found:
        everywhere = (await found.warm(bearer(tmp_path, "analyst"))).json()["data"]
        regional = bearer(tmp_path, "region", region="KZ-75")
        seen = (await found.way.post(found.body, regional)).json()["data"]
        assert seen["volunteers"]["totalCount"] < everywhere["volunteers"]["totalCount"]
        assert (await found.warm(regional)).json()["data"] == seen


async def test_records_change(shape: Any, database_url: str, tmp_path: Path) -> None:
    """A new generation of cached responses, and each commit for others."""
    async with shape(database_url, tmp_path) as found:
        constant = found.body is TYPENAME
        found.body = TYPENAME if constant else COUNTRIES
        before = (await found.warm({})).json()["data"]
        entered = database_of(found.way.app).enter()
        await connection().execute_query("UPDATE countries SET name_kk = 'new'")
        database_of(found.way.app).leave(entered)
        if found.cached:
            assert await found.way.cache.drop({"Country"})
        for _ in range(2):
            after = (await found.way.post(found.body)).json()["data"]
            if constant:
                assert after == before
            else:
                assert {country["name"] for country in after["countries"]} == {"new"}
