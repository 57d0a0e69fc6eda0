"""Operations that the fast path hands to the endpoint: traces, disconnects, and the shared cache."""

import asyncio
import logging
from pathlib import Path

import pytest

from erikti.cache import ResponseCache, Valkey
from erikti.telemetry.trace_context import Carried, trace_id, trace_response
from schema.engine.engine import Engine
from tests.endpoint.fast_path.ways import Endless, Ways, error, leave, post, ways
from tests.support.clock import Clock
from tests.support.valkey import OwnValkey, client_of
from tests.support.waiting import until

TYPENAME = {"query": "{ __typename }"}
COUNTRIES = {"query": "{ countries { code name } }"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_is_current_until_the_request_ends() -> None:
    with Carried(TRACE.encode()):
        assert trace_id() == TRACE.split("-")[1]
        assert trace_response() == TRACE
    assert trace_id() is trace_response() is None


async def test_an_error_is_logged_with_its_trace(
    way: Ways, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Engine, "_result", fails)
    with caplog.at_level(logging.ERROR, "erikti.errors"):
        response = await way.slow(COUNTRIES, {"traceparent": TRACE})
        other = await way.slow(COUNTRIES)
    assert way.fast_path.operations == 2
    assert error(response) == error(other) == "INTERNAL"
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith(f"trace {TRACE.split('-')[1]}, correlation id ")
    assert second.startswith("correlation id ")


@pytest.mark.parametrize("shared", [True, False])
async def test_a_response_that_depends_on_no_record_takes_no_look_up(
    populated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    async with ways(populated, tmp_path, response_cache=shared) as way:
        await way.warm(TYPENAME)

        async def fails(*_: object) -> None:
            raise AssertionError

        with monkeypatch.context() as during:
            during.setattr(ResponseCache, "find", fails)
            during.setattr(Engine, "_result", fails)
            fast = (await way.fast(TYPENAME)).json()
        full = (await post(way.full, TYPENAME)).json()
        for response in (fast, full):
            del response["extensions"]["cost"]["budget"]
        assert fast == full
        assert fast["extensions"]["cost"]["actual"] == int(shared)
        if shared:
            assert way.cache.metrics["hits"] >= 3
        clock = Clock()
        clock.running = 1e9
        monkeypatch.setattr("erikti.cache.answers.time", clock)
        await way.slow(TYPENAME)


async def test_a_client_that_leaves_cancels_its_operation(
    way: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless()
    monkeypatch.setattr(Engine, "_result", endless)
    await leave(way.app, COUNTRIES, endless.begun)
    await asyncio.wait_for(endless.ended.wait(), 10)
    assert way.fast_path.operations == 1


async def test_responses_in_valkey_are_invalidated_by_other_processes(
    populated: str, tmp_path: Path, own_valkey: OwnValkey
) -> None:
    async with ways(populated, tmp_path, cache_url=own_valkey.url) as way:
        await way.warm(COUNTRIES)
        first = await way.fast(COUNTRIES)
        async with client_of(own_valkey.url) as valkey:
            other = ResponseCache(valkey)
            assert await other.drop({"Country"})
            await other.close()
        again = await way.slow(COUNTRIES)
        assert again.json()["data"] == first.json()["data"]
        remaining = [
            (await way.fast(COUNTRIES)).json()["extensions"]["cost"]["budget"]["remaining"]
            for _ in range(2)
        ]
        assert remaining[1] == remaining[0] - 1


async def test_while_valkey_is_away_responses_are_computed(
    populated: str, tmp_path: Path, own_valkey: OwnValkey
) -> None:
    async with ways(populated, tmp_path, cache_url=own_valkey.url) as way:
        await way.warm(COUNTRIES)
        own_valkey.kill()
        for _ in range(3):
            assert "errors" not in (await way.slow(COUNTRIES)).json()
        valkey: Valkey | None = way.cache._valkey
        assert valkey is not None
        await until(lambda: valkey.away)
