"""The fast path gives the same responses as the full way, header by header."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.guard.limits import Limits
from erikti.serving.addresses import networks
from tests.endpoint.fast_path.ways import (
    HEADERS,
    ORIGIN,
    TRACE,
    Ways,
    client_of,
    listening,
    post,
    raw,
    ways,
)
from tests.support.application import bearer

SHORT, LONG = {"query": "{ __typename }"}, {"query": "{ countries { code name } }"}
VARIABLES = {
    "query": "query A($n: Int!) { regions { code } volunteers(first: $n) { nodes { id status } } }"
    " query B { __typename }",
    "operationName": "A",
    "variables": {"n": 20},
}


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("body", [SHORT, LONG, VARIABLES], ids=["short", "long", "variables"])
async def test_both_ways_send_the_same(way: Ways, tmp_path: Path, body: Any, kind: str) -> None:
    headers = {**HEADERS[kind], **(bearer(tmp_path, "analyst") if body is VARIABLES else {})}
    await way.warm(body, headers)
    before = way.fast_path.hits
    fast = await raw(way.client, body, headers)
    assert way.fast_path.hits == before + 1
    full = await raw(way.full, body, headers)
    assert way.fast_path.hits == before + 1
    assert fast == full
    assert b'"errors"' not in fast[2]


def taken(way: Ways) -> int:
    """The number of responses of the fast path."""
    return way.fast_path.operations + way.fast_path.written + way.fast_path.hits


async def test_both_ways_send_the_same_without_a_cache(populated: str, tmp_path: Path) -> None:
    async with ways(populated, tmp_path, response_cache=False) as way:
        for body in (SHORT, LONG, VARIABLES):
            for kind in HEADERS:
                headers = {**HEADERS[kind], **bearer(tmp_path, "analyst")}
                await way.post(body, headers)
                before = taken(way)
                fast = await raw(way.client, body, headers)
                assert taken(way) == before + 1
                assert fast == await raw(way.full, body, headers)
                assert b'"errors"' not in fast[2]
        # Only the first body depends on no record; it is new to three views.
        assert way.fast_path.hits == len(HEADERS) - 3


async def test_both_ways_send_the_same_over_a_socket(way: Ways, tmp_path: Path) -> None:
    async with listening(way.app) as fast_client, listening(way.app.full_way) as full_client:
        for body in (SHORT, LONG, VARIABLES):
            for headers in HEADERS.values():
                caller = {**headers, **bearer(tmp_path, "analyst")}
                await way.warm(body, caller)
                for _ in range(3):  # other headers of the client itself
                    before = way.fast_path.hits
                    fast = await raw(fast_client, body, caller)
                assert way.fast_path.hits == before + 1
                assert fast == await raw(full_client, body, caller)
                assert way.fast_path.hits == before + 1


async def test_ids_and_traces_are_those_of_each_request(way: Ways) -> None:
    await way.warm(LONG)
    made = {(await way.fast(LONG)).headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    for number in ("REQ-7", "REQ-8"):
        response = await way.fast(LONG, {"x-request-id": number})
        assert response.headers["x-request-id"] == number
        assert "traceresponse" not in response.headers
    for last in "12":
        trace = TRACE.replace("1-01", f"{last}-00")
        response = await way.fast(LONG, {"traceparent": trace})
        assert response.headers["traceresponse"] == trace


@pytest.mark.parametrize(
    "trace", ["", "x", TRACE.upper(), f" {TRACE}", f"01{TRACE[2:]}-x", f"00-{'0' * 32}{TRACE[35:]}"]
)
async def test_a_trace_in_another_form_goes_the_full_way(way: Ways, trace: str) -> None:
    await way.warm(LONG)
    await way.slow(LONG, {"traceparent": trace})
    await way.fast(LONG)


async def test_addresses_pay_for_requests_without_a_token(populated: str, tmp_path: Path) -> None:
    async with ways(populated, tmp_path, forwarding_proxies=networks("127.0.0.1")) as way:

        async def left(address: str) -> int:
            response = await way.fast(LONG, {"x-forwarded-for": address})
            remaining: int = response.json()["extensions"]["cost"]["budget"]["remaining"]
            return remaining

        await way.warm(LONG)
        most = Limits().public_budget
        assert [await left(f"192.0.2.{n}") for n in (1, 1, 2, 1)] == [
            most - 1,
            most - 2,
            most - 1,
            most - 3,
        ]


UNKNOWN: Mapping[str, tuple[object, Mapping[str, str], int]] = {
    "another operation": ({**VARIABLES, "operationName": "B"}, {}, 200),
    "another variable": ({**VARIABLES, "variables": {"n": 19}}, {}, 200),
    "a variable that does not fit": ({**VARIABLES, "variables": {"n": "x"}}, {}, 200),
    "no operation": ({**VARIABLES, "operationName": "C"}, {}, 400),
    "malformed": (b'{"query": "{ countries { code name } }"', {}, 400),
    "a list": ([LONG], {}, 400),
    "twice": (b'{"query": "{ a }", "query": "{ countries { code name } }"}', {}, 400),
    "empty": (b"", {}, 400),
    "too large": ({**LONG, "variables": {"x": "y" * 300_000}}, {}, 413),
    "another type": (LONG, {"content-type": "text/plain"}, 415),
    "a content coding": (LONG, {"content-encoding": "gzip"}, 415),
    "no acceptable type": (LONG, {"accept": "text/plain"}, 406),
    "a stream": (LONG, {"accept": "text/event-stream"}, 200),
    "a trace of a gateway": (LONG, {"apollo-federation-include-trace": "ftv1"}, 200),
    "a persisted query": ({"extensions": {"persistedQuery": {"version": 1}}}, {}, 400),
    "a mutation": ({"query": "mutation { x }"}, {}, 200),
}


@pytest.mark.parametrize("kind", UNKNOWN)
async def test_what_is_not_known_goes_the_full_way(way: Ways, tmp_path: Path, kind: str) -> None:
    body, headers, status = UNKNOWN[kind]
    caller = bearer(tmp_path, "analyst")
    for known in (LONG, VARIABLES):
        await way.warm(known, caller)
    assert (await way.slow(body, {**caller, **headers})).status_code == status
    named = {**caller, **headers, "origin": ORIGIN, "accept-encoding": "gzip", "x-request-id": "R1"}
    fast = await raw(way.client, body, named)
    assert fast[0] == status
    assert fast == await raw(way.full, body, named)


async def test_deferred_deprecated_and_persisted_documents_are_never_known(
    way: Ways, tmp_path: Path
) -> None:
    analyst = bearer(tmp_path, "analyst")
    await way.warm(LONG, analyst)
    hashed = {"version": 1, "sha256Hash": "0" * 64}
    for body in (
        {"query": "{ regions { code ... @defer { name } } }"},
        {"query": LONG["query"], "extensions": {"persistedQuery": hashed}},
        {"query": "{ viewer { role } }"},
    ):
        for _ in range(3):
            await way.slow(body, analyst)


async def test_the_way_does_not_depend_on_how_the_body_arrives(way: Ways) -> None:
    await way.warm(LONG)
    content = json.dumps(LONG).encode()

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 7):
            yield content[start : start + 7]

    before = way.fast_path.hits
    named = {"content-type": "application/json"}
    for body in (LONG, {"query": "{ regions { code name kind } }"}):
        content = json.dumps(body).encode()
        response = await way.client.post("/graphql", content=parts(), headers=named)
        assert "errors" not in response.json()
    assert way.fast_path.hits == before + 1


async def test_other_paths_methods_and_ports_go_the_full_way(
    populated: str, tmp_path: Path
) -> None:
    async with ways(populated, tmp_path, metrics=("127.0.0.1", 9000)) as way:
        await way.warm(LONG)
        before = way.fast_path.hits
        query = str(LONG["query"])
        assert (await way.client.get("/graphql", params={"query": query})).status_code == 200
        named = {"content-type": "application/json"}
        for path, status in (("/graphql?x=1", 200), ("/healthz/live", 405), ("/nothing", 404)):
            response = await way.client.post(path, content=json.dumps(LONG).encode(), headers=named)
            assert response.status_code == status
        elsewhere = client_of(way.app)
        elsewhere.base_url = httpx.URL("http://erikti:9000")
        assert (await post(elsewhere, LONG)).status_code == 404
        assert way.fast_path.hits == before
