"""Operations that the fast path lets the database write anew, and what it leaves to the endpoint."""

import asyncio
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from erikti.audit import AccessLogUnavailableError, Readings
from erikti.database.calendar import Calendar
from erikti.endpoint.http.fast_path import live
from erikti.errors import UnavailableError
from erikti.guard.budget import NOTHING
from erikti.guard.limits import Limits
from schema.engine.written import answers
from schema.engine.written.repeated import ResponseReader
from schema.engine.written.template import NotOrdinaryError
from tests.endpoint.fast_path.ways import (
    HEADERS,
    Endless,
    Ways,
    error,
    ids,
    leave,
    left_alone,
    post,
    raw,
    warm,
    ways,
    written,
)
from tests.support.application import bearer
from tests.support.clock import Clock

RECORD = """query ($id: ID!) { volunteer(by: {id: $id}) {
    id status hoursTotal region { name } organisation { name }
    participations(first: 2, orderBy: [{field: HOURS}]) { totalCount nodes { hours } } } }"""
PAGE = """query ($n: Int, $after: String) { volunteers(first: $n, after: $after) {
    totalCount pageInfo { endCursor hasNextPage } edges { cursor node { id silver } } }
    regions { code name } }"""
MANY = {"query": PAGE, "variables": {"n": 20}}
CHEAP = {"query": "{ forums(first: 1) { nodes { year } } }"}
MISSING = "Vm9sdW50ZWVyOjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMA=="
FEW = {"query": "{ forums(first: 50) { nodes { id year } } }"}  # there are fewer


def record(id_: str) -> dict[str, Any]:
    """The request for one volunteer."""
    return {"query": RECORD, "variables": {"id": id_}}


def remaining(response: Any) -> int:
    """What is left of the budget of a caller."""
    found: int = response.json()["extensions"]["cost"]["budget"]["remaining"]
    return found


def failing(failure: Exception) -> Callable[..., Any]:
    """A function that raises."""

    async def fails(*_: object, **__: object) -> None:
        raise failure

    return fails


@pytest.mark.parametrize("kind", HEADERS)
async def test_both_ways_send_the_same(
    alone: Ways,
    analyst: Mapping[str, str],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[tuple[object, int]] = []
    monkeypatch.setattr(Readings, "note", lambda _, access, count: noted.append((access, count)))
    caller = {**HEADERS[kind], **analyst}
    for body in (record((await ids(alone, analyst))[0]), MANY):
        await alone.post(body, caller)
        before = alone.fast_path.written
        noted.clear()
        fast = await raw(alone.client, body, caller)
        assert alone.fast_path.written == before + 1
        of_fast, noted[:] = list(noted), []
        assert of_fast
        assert fast == await raw(alone.full, body, caller)
        assert of_fast == noted
        assert b'"errors"' not in fast[2]


async def test_other_values_take_the_same_statement(
    alone: Ways, analyst: Mapping[str, str]
) -> None:
    several = await ids(alone, analyst)
    await left_alone(alone, record(several[0]), analyst)
    for each in several:
        response = await written(alone, record(each), analyst)
        assert response.json()["data"]["volunteer"]["id"] == each
    response = await written(alone, record(MISSING), analyst)
    assert response.json()["data"] == {"volunteer": None}


@pytest.mark.parametrize("wrong", ["nonsense", None, 5, ["x"], {"a": {"b": 1}}])
async def test_values_that_are_no_keys_are_for_the_endpoint(
    alone: Ways, analyst: Mapping[str, str], wrong: object
) -> None:
    one = (await ids(alone, analyst))[0]
    await alone.post(record(one), analyst)
    response = await left_alone(alone, {"query": RECORD, "variables": {"id": wrong}}, analyst)
    assert error(response) == "BAD_USER_INPUT"
    more = {"query": RECORD, "variables": {"id": one, "unused": [[wrong]]}}
    assert "errors" not in (await left_alone(alone, more, analyst)).json()


async def test_the_actual_cost_is_charged(alone: Ways, analyst: Mapping[str, str]) -> None:
    await warm(alone, FEW, analyst)
    first, second = [await written(alone, FEW, analyst) for _ in range(2)]
    cost = second.json()["extensions"]["cost"]
    assert cost["actual"] < cost["requested"]
    assert remaining(second) == remaining(first) - cost["actual"]


async def test_a_budget_that_is_used_up_holds(populated: str, tmp_path: Path) -> None:
    limits = Limits(budget=600)
    async with ways(populated, tmp_path, response_cache=False, limits=limits) as way:
        caller = bearer(tmp_path, "analyst")
        last = await warm(way, MANY, caller)
        requested = last.json()["extensions"]["cost"]["requested"]
        while remaining(last) >= requested:
            last = await written(way, MANY, caller)
        refused = await left_alone(way, MANY, caller)
        assert (refused.status_code, error(refused)) == (429, "LIMIT_EXCEEDED")
        assert f"{remaining(last)} of 600 are left" in refused.text


async def test_a_caller_with_almost_nothing_left_is_rejected_whatever_it_costs(
    populated: str, tmp_path: Path
) -> None:
    limits = Limits(budget=NOTHING + 50)
    async with ways(populated, tmp_path, response_cache=False, limits=limits) as way:
        caller = bearer(tmp_path, "analyst")
        last = await warm(way, CHEAP, caller)
        while remaining(last) >= NOTHING:
            last = await written(way, CHEAP, caller)
        dear = await left_alone(
            way, {"query": "{ volunteers(first: 100) { nodes { id } } }"}, caller
        )
        assert dear.status_code == 429
        refused = await left_alone(way, CHEAP, caller)
        assert (refused.status_code, error(refused)) == (429, "LIMIT_EXCEEDED")


async def test_a_record_that_is_missing_costs_a_point(
    alone: Ways, analyst: Mapping[str, str]
) -> None:
    await warm(alone, record((await ids(alone, analyst))[0]), analyst)
    first, second = [await written(alone, record(MISSING), analyst) for _ in range(2)]
    assert first.json()["data"] == {"volunteer": None}
    assert remaining(second) == remaining(first) - 1


async def test_what_was_not_read_is_not_logged(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[int] = []
    monkeypatch.setattr(Readings, "note", lambda _, __, count: noted.append(count))
    none = {"query": "{ volunteers(filter: {status: {in: []}}) { nodes { id } } }"}
    await warm(alone, none, analyst)
    noted.clear()
    await written(alone, none, analyst)
    assert noted == []


async def test_a_document_that_is_registered_is_for_the_endpoint(
    alone: Ways, analyst: Mapping[str, str]
) -> None:
    await warm(alone, FEW, analyst)
    digest = sha256(FEW["query"].encode()).hexdigest()
    hashed = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    for body in ({**FEW, **hashed}, hashed):
        response = await left_alone(alone, body, analyst)
        assert "errors" not in response.json()


async def test_an_error_of_the_statement_is_reported_once(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await warm(alone, MANY, analyst)
    failure = UnavailableError("the database is away")
    with monkeypatch.context() as during:
        during.setattr(answers, "fetch_alone", failing(failure))
        expected = await alone.full.post(
            "/graphql", json=MANY, headers={"content-type": "application/json", **analyst}
        )
    for fetches in ("fetch_now", "fetch_alone"):
        monkeypatch.setattr(live, fetches, failing(failure))
    monkeypatch.setattr(answers, "fetch_alone", failing(AssertionError("a second statement")))
    response = await left_alone(alone, MANY, analyst)
    assert response.json()["errors"] == expected.json()["errors"]
    assert response.json()["data"] == expected.json()["data"]
    charged = remaining(before) - remaining(expected)
    assert remaining(response) == remaining(expected) - charged


async def test_what_is_not_ordinary_is_executed_and_charged_once(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await warm(alone, MANY, analyst)

    def refuses(*_: object) -> None:
        raise NotOrdinaryError

    monkeypatch.setattr(ResponseReader, "result", refuses)
    response = await left_alone(alone, MANY, analyst)
    assert response.json()["data"] == before.json()["data"]
    actual = response.json()["extensions"]["cost"]["actual"]
    assert remaining(response) == remaining(before) - actual


async def test_a_response_that_is_too_large_is_rejected(populated: str, tmp_path: Path) -> None:
    small, large = ({"query": PAGE, "variables": {"n": n}} for n in (1, 100))
    limits = Limits(response_bytes=4_000)
    async with ways(populated, tmp_path, response_cache=False, limits=limits) as way:
        caller = bearer(tmp_path, "analyst")
        await warm(way, small, caller)
        for _ in range(2):
            response = await left_alone(way, large, caller)
            assert error(response) == "LIMIT_EXCEEDED"


async def test_a_scope_that_was_lost_counts_at_once(
    alone: Ways, analyst: Mapping[str, str], tmp_path: Path
) -> None:
    await warm(alone, MANY, analyst)
    assert error(await left_alone(alone, MANY, {})) == "FORBIDDEN"
    assert error(await left_alone(alone, MANY, bearer(tmp_path, "officer"))) == "FORBIDDEN"
    regional = bearer(tmp_path, "region", region="KZ-75")
    first = await left_alone(alone, MANY, regional)
    assert (await warm(alone, MANY, regional)).json()["data"] == first.json()["data"]


async def test_a_token_that_expires_is_rejected(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await warm(alone, MANY, analyst)
    clock = Clock()
    clock.day = 4_000_000_000.0
    for module in ("authenticator", "tokens"):
        monkeypatch.setattr(f"erikti.auth.{module}.time", clock)
    response = await left_alone(alone, MANY, analyst)
    assert (response.status_code, error(response)) == (401, "UNAUTHENTICATED")


async def test_another_day_is_looked_at_anew(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    response = await warm(alone, MANY, analyst)
    day = Calendar.today(Calendar("Asia/Almaty")).replace(year=2050)
    monkeypatch.setattr(Calendar, "today", lambda _: day)
    assert (await left_alone(alone, MANY, analyst)).json()["data"] == response.json()["data"]
    await written(alone, MANY, analyst)


async def test_a_database_that_may_not_be_served_is_not_read(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await warm(alone, MANY, analyst)

    async def unreadiness(_: object) -> str:
        return "the database was served with a provider"

    monkeypatch.setattr("models.issuers.IssuerGuard.unreadiness", unreadiness)
    assert error(await left_alone(alone, MANY, analyst)) == "UNAVAILABLE"


async def test_a_reading_that_cannot_be_logged_ends_in_an_error(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await warm(alone, MANY, analyst)

    def fails(*_: object) -> None:
        raise AccessLogUnavailableError("too many readings are queued")

    monkeypatch.setattr(Readings, "note", fails)
    response = await left_alone(alone, MANY, analyst)
    assert error(response) == "UNAVAILABLE"
    assert response.json()["data"] is None


@pytest.mark.parametrize(
    "query",
    [
        "{ volunteers(first: 2) { nodes { source { system } } } }",
        '{ organisations(first: 2, filter: {name: {contains: "жас"}}) { nodes { id } } }',
        "{ volunteers(filter: {fieldsOfWork: {containsAny: [SPORT, HEALTH]}}) { totalCount } }",
        '{ volunteers(filter: {hoursTotal: {range: {min: "0"}}, fieldsOfWork: {contains: SPORT}}) '
        "{ nodes { id } } }",
        "query ($yes: Boolean = true) { regions { code name @include(if: $yes) } }",
        "{ viewer { scopes } }",
        "{ regions { code } viewer { scopes } }",
    ],
    ids=[
        "persons",
        "search",
        "paid total",
        "paid search",
        "parts by variables",
        "no data",
        "other data",
    ],
)
async def test_other_operations_are_for_the_endpoint(
    alone: Ways, analyst: Mapping[str, str], query: str
) -> None:
    full = await post(alone.full, {"query": query}, analyst)
    for _ in range(3):
        response = await left_alone(alone, {"query": query}, analyst)
        assert response.json()["data"] == full.json()["data"] is not None


async def test_limits_that_a_statement_does_not_keep_are_for_the_endpoint(
    populated: str, tmp_path: Path
) -> None:
    limits = Limits(query_seconds=4, connection_seconds=2, statement_seconds=2)
    async with ways(populated, tmp_path, response_cache=False, limits=limits) as way:
        analyst = bearer(tmp_path, "analyst")
        for _ in range(3):
            await left_alone(way, MANY, analyst)
        assert way.fast_path.operations == 2  # the first request only verified the token


async def test_with_a_cache_only_new_requests_are_written(way: Ways, tmp_path: Path) -> None:
    caller = bearer(tmp_path, "analyst")
    one, other, *_ = await ids(way, caller)
    await left_alone(way, record(one), caller)
    first = await written(way, record(other), caller)
    second = await left_alone(way, record(other), caller)
    third = await way.fast(record(other), caller)
    assert first.json()["data"] == second.json()["data"] == third.json()["data"]
    assert await way.cache.drop({"Volunteer"})
    await left_alone(way, record(other), caller)


async def test_a_client_that_leaves_gives_up_its_request(
    alone: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"query": "{ countries { code } }"}
    await warm(alone, body, {})
    endless = Endless()
    monkeypatch.setattr(live, "fetch_now", lambda *_: None)
    monkeypatch.setattr(live, "fetch_alone", endless)
    await leave(alone.app, body, endless.begun)
    await asyncio.wait_for(endless.ended.wait(), 10)
