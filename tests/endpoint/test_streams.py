"""Incremental HTTP responses: negotiation, format and end."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLError

from erikti.endpoint.http import stream_formats
from erikti.errors import ForbiddenError, TooManyRequestsError, UnavailableError
from tests.support.talking import CHANGED, Talking, talking

EVENTS = "text/event-stream"
APOLLO = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
OLD, NEW = "multipart/mixed;deferSpec=20220824", "multipart/mixed;incrementalSpec=v0.2"
JSON = "application/json"
ROLE = "{ viewer { role } }"
DEFERRED = '{ regions { code ... @defer(label: "later") { name } } organisations(first: 3) { nodes @stream(initialCount: 1) { id } } }'
WHOLE = "{ regions { code name } organisations(first: 3) { nodes { id } } }"
# More IDs than ``nodes`` takes, which may not be null.
FAILING = f"{{ viewer {{ role }} ... @defer {{ nodes(ids: [{'1 ' * 101}]) {{ __typename }} }} }}"


@asynccontextmanager
async def stream(
    server: Talking, query: str, accept: str, method: str = "POST", **headers: str
) -> AsyncIterator[httpx.Response]:
    """Return a response before its body has arrived."""
    given = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    async with (
        server.client() as client,
        client.stream(method, "/graphql", headers={"Accept": accept, **headers}, **given) as found,  # type: ignore[arg-type]
    ):
        yield found


async def whole(server: Talking, query: str, accept: str, **headers: str) -> httpx.Response:
    """Return a complete response."""
    async with stream(server, query, accept, **headers) as found:
        await found.aread()
        return found


def parts(answer: httpx.Response) -> list[Any]:
    """Return the parts of multipart/mixed."""
    assert 'boundary="graphql"' in answer.headers["content-type"]
    first, *found, last = answer.text.split("--graphql")
    assert (first, last) == ("", "--\r\n")
    bodies = []
    for part in found:
        head, empty, body = part.partition("\r\n\r\n")
        assert head.startswith("\r\ncontent-type: application/json")
        assert empty
        assert body.endswith("\r\n")
        bodies.append(json.loads(body))
    return bodies


async def message(lines: AsyncIterator[str], kind: str = "next") -> Any:
    """Return the data of the next event, without comments."""
    name = ""
    async for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            assert name == kind
            text = line.removeprefix("data:").strip()
            return json.loads(text) if text else None
    raise AssertionError("the stream has ended")


ITEMS = "organisations(first: 3) { list: nodes @stream(initialCount: %s) { id } }"
LATER = "regions { code ... @defer(if: $if) { name } }"
DELIVERED = {
    "-1": (f"{{ {ITEMS % -1} }}", {}, "initialCount", ["organisations", "list"]),
    "the least": (f"{{ {ITEMS % -(2**31)} }}", {}, "initialCount", ["organisations", "list"]),
    "null": (f"{{ {ITEMS % 'null'} }}", {}, "initialCount", ["organisations", "list"]),
    "a variable": (
        f"query ($n: Int) {{ {ITEMS % '$n'} }}",
        {"n": -1},
        "initialCount",
        ["organisations", "list"],
    ),
    "a default": (
        f"query ($n: Int = -2) {{ {ITEMS % '$n'} }}",
        {},
        "initialCount",
        ["organisations", "list"],
    ),
    "a fragment": (
        f"{{ ...A ...A }} fragment A on Query {{ ... {{ {ITEMS % -1} }} }}",
        {},
        "initialCount",
        ["organisations", "list"],
    ),
    "if": (f"query ($if: Boolean) {{ {LATER} }}", {"if": None}, "if", ["regions"]),
    "if at the root": (
        "query ($if: Boolean) { ... @defer(if: $if) { regions { code } } }",
        {"if": None},
        "if",
        None,
    ),
}


@pytest.mark.parametrize("accept", [JSON, NEW, OLD, EVENTS])
@pytest.mark.parametrize("case", DELIVERED)
async def test_an_argument_of_defer_or_stream_is_rejected_with_its_path(
    server_alone: Talking, case: str, accept: str
) -> None:
    query, variables, argument, path = DELIVERED[case]
    async with server_alone.client() as client:
        found = await client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Accept": f"{accept}, {JSON};q=0.1"},
        )
    told = await message(found.aiter_lines()) if accept == EVENTS else found.json()
    (error,) = told["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert error.get("path") == path
    assert error["locations"]
    assert "data" not in told


@pytest.mark.parametrize("accept", [JSON, NEW])
async def test_an_argument_that_is_left_out_has_its_default(
    server_alone: Talking, accept: str
) -> None:
    query = f"query ($n: Int, $if: Boolean) {{ {ITEMS % '$n'} {LATER} }}"
    found = await whole(server_alone, query, f"{accept}, {JSON};q=0.1")
    assert "errors" not in found.text
    assert found.text.count('"code"') == 20


@pytest.fixture(scope="module")
def lively(country: Path) -> Iterator[Talking]:
    """A server whose streams show a sign of life each second."""
    with talking(country, ERIKTI_LIMIT_PING_SECONDS="1") as one:
        yield one


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_events_come_as_they_happen(lively: Talking, method: str) -> None:
    async with stream(lively, CHANGED, EVENTS, method) as found:
        assert found.status_code == 200
        assert found.headers["content-type"] == EVENTS
        assert found.headers["cache-control"] == "no-store"
        assert found.headers["x-accel-buffering"] == "no"
        assert found.headers["x-request-id"]
        lines = found.aiter_lines()
        told = await message(lines)
        assert told["data"]["statisticsChanged"]["figure"] == {"count": 811}
        async for line in lines:
            if line == ":":  # a sign of life
                break


async def test_lines_end_in_line_feeds_alone(server_alone: Talking) -> None:
    found = await whole(server_alone, ROLE, EVENTS)
    assert "\r" not in found.text
    head, event, end, rest = found.text.split("\n\n")
    assert (head, end, rest) == (":", "event: complete\ndata:", "")
    assert event.startswith('event: next\ndata: {"data":{"viewer":{"role":null}}')


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (f"{EVENTS}, {JSON}", JSON),
        (f"{JSON}, {EVENTS}", JSON),
        (f"{EVENTS};q=0.5, {JSON}", JSON),
        (f"{EVENTS}, {JSON};q=0.9", EVENTS),
        (f"{EVENTS}, */*", JSON),
        (f"{EVENTS}, */*;q=0.1", EVENTS),
        ("*/*", JSON),
        (
            "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
            "application/graphql-response+json",
        ),
    ],
)
async def test_a_stream_is_sent_to_clients_that_prefer_it(
    server_alone: Talking, accept: str, media: str
) -> None:
    found = await whole(server_alone, ROLE, accept)
    assert found.headers["content-type"] == media


@pytest.mark.parametrize("accept", [JSON, "*/*", f"{EVENTS};q=0", "text/plain"])
async def test_a_subscription_needs_a_stream(server_alone: Talking, accept: str) -> None:
    found = await whole(server_alone, CHANGED, accept)
    assert found.status_code == 406
    assert found.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


REJECTED = {
    "{ nope }": (400, "BAD_USER_INPUT"),
    "{": (400, "BAD_USER_INPUT"),
    "query A { __typename } query B { __typename }": (400, "BAD_USER_INPUT"),
    "{ volunteers { totalCount } }": (403, "FORBIDDEN"),
    "{ nodes(ids: 1) { nope } }": (400, "BAD_USER_INPUT"),
}


@pytest.mark.parametrize("query", REJECTED)
@pytest.mark.parametrize("accept", [EVENTS, f"{EVENTS}, {JSON};q=0.5"])
async def test_a_rejected_operation_is_reported_in_a_stream_of_events(
    server_alone: Talking, query: str, accept: str
) -> None:
    for method in ("POST", "GET"):
        async with stream(server_alone, query, accept, method) as found:
            assert (found.status_code, found.headers["content-type"]) == (200, EVENTS)
            assert found.headers["cache-control"] == "no-store"
            lines = found.aiter_lines()
            told = await message(lines)
            assert told["errors"][0]["extensions"]["code"] == REJECTED[query][1]
            assert "data" not in told
            assert told["extensions"]["cost"]
            assert await message(lines, "complete") is None
            assert [line async for line in lines] == [""]


@pytest.mark.parametrize("query", REJECTED)
@pytest.mark.parametrize("accept", [APOLLO, f"{JSON}, {EVENTS}", f"{EVENTS}, application/*"])
async def test_other_clients_get_a_rejected_operation_in_json(
    server_alone: Talking, query: str, accept: str
) -> None:
    found = await whole(server_alone, query, accept)
    assert found.status_code in (200, REJECTED[query][0])
    assert "json" in found.headers["content-type"]
    assert found.json()["errors"][0]["extensions"]["code"] == REJECTED[query][1]


@pytest.mark.parametrize(
    ("error", "in_stream"),
    [
        (GraphQLError("a syntax error"), True),
        (ForbiddenError("no"), True),
        (UnavailableError("no database"), False),
        (TooManyRequestsError("later"), False),
    ],
)
def test_an_error_that_may_pass_is_not_reported_in_a_stream(
    error: GraphQLError, in_stream: bool
) -> None:
    assert (stream_formats.refused(EVENTS, [error], {}) is not None) == in_stream


async def test_what_a_retry_may_cure_keeps_its_status(server_alone: Talking) -> None:
    bad = await whole(server_alone, ROLE, EVENTS, Authorization="Bearer bad")
    assert (bad.status_code, bad.headers["www-authenticate"][:6]) == (401, "Bearer")
    async with stream(server_alone, "mutation { x }", EVENTS, "GET") as found:
        assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


async def test_a_subscription_without_a_source_ends_with_errors(server_alone: Talking) -> None:
    nothing = "subscription { statisticsChanged(year: 1925) { year } }"
    events = (await whole(server_alone, nothing, EVENTS)).aiter_lines()
    assert (await message(events))["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await message(events, "complete") is None
    (last,) = parts(await whole(server_alone, nothing, APOLLO))
    assert last["payload"] is None
    assert last["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
async def test_parts_come_at_once_whatever_the_coding(lively: Talking, coding: str) -> None:
    async with stream(lively, CHANGED, APOLLO, **{"Accept-Encoding": coding}) as found:
        text = ""
        async for piece in found.aiter_text():
            text += piece
            if text.count("--graphql") == 3:  # the first part, and a sign of life
                break
    assert '{"payload":{"data":{"statisticsChanged":' in text
    assert text.endswith("\r\n\r\n{}\r\n--graphql")


async def test_a_stream_ends_with_its_token(server_alone: Talking) -> None:
    token = {"Authorization": f"Bearer {server_alone.token('analyst', seconds=2)}"}
    found = (await whole(server_alone, CHANGED, EVENTS, **token)).aiter_lines()
    assert "data" in await message(found)
    assert (await message(found))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await message(found, "complete") is None


async def test_streams_of_one_client_are_limited(server_alone: Talking) -> None:
    async with AsyncExitStack() as stack:
        held = []  # what reads a stream closes it when it is thrown away
        for _ in range(10):
            one = await stack.enter_async_context(stream(server_alone, CHANGED, EVENTS))
            held.append(one.aiter_lines())
            assert "data" in await message(held[-1])
        refused = await whole(server_alone, CHANGED, EVENTS)
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_a_client_that_accepts_no_parts_gets_the_complete_response(
    server_alone: Talking,
) -> None:
    expected = (await whole(server_alone, WHOLE, JSON)).json()["data"]
    for accept in (JSON, "*/*", f"{JSON}, {OLD};q=0"):
        assert (await whole(server_alone, DEFERRED, accept)).json()["data"] == expected
    events = (await whole(server_alone, DEFERRED, EVENTS)).aiter_lines()
    assert (await message(events))["data"] == expected


async def test_parts_refer_to_what_was_announced(server_alone: Talking) -> None:
    expected = (await whole(server_alone, WHOLE, JSON)).json()["data"]
    first, *later = parts(await whole(server_alone, DEFERRED, f"{NEW}, {JSON}"))
    data, pending = first["data"], {p["id"]: p for p in first["pending"]}
    assert len(data["organisations"]["nodes"]) == 1
    assert "name" not in data["regions"][0]
    assert [part["hasNext"] for part in (first, *later)] == [True] * len(later) + [False]
    for part in later:
        pending |= {p["id"]: p for p in part.get("pending", ())}
        for item in part.get("incremental", ()):
            target = at(data, [*pending[item["id"]]["path"], *item.get("subPath", ())])
            target.extend(item["items"]) if "items" in item else target.update(item["data"])
    assert data == expected
    assert {p.get("label") for p in pending.values()} == {"later", None}


@pytest.mark.parametrize("accept", [OLD, "multipart/mixed"])
async def test_parts_of_the_older_draft_have_their_paths(
    server_alone: Talking, accept: str
) -> None:
    expected = (await whole(server_alone, WHOLE, JSON)).json()["data"]
    first, *later = parts(await whole(server_alone, DEFERRED, f"{accept}, {JSON}"))
    data = first["data"]
    assert "pending" not in first
    for part in later:
        for item in part.get("incremental", ()):
            if "items" in item:
                *path, index = item["path"]
                assert len(at(data, path)) == index
                at(data, path).extend(item["items"])
            else:
                assert item["label"] == "later"
                at(data, item["path"]).update(item["data"])
    assert data == expected
    assert later[-1]["extensions"]["cost"]


async def test_a_failed_part_has_errors(server_alone: Talking) -> None:
    first, *later = parts(await whole(server_alone, FAILING, f"{NEW}, {JSON}"))
    assert first["data"] == {"viewer": {"role": None}}
    (failed,) = [item for part in later for item in part.get("completed", ())]
    assert failed["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    _, *later = parts(await whole(server_alone, FAILING, f"{OLD}, {JSON}"))
    (item,) = [item for part in later for item in part.get("incremental", ())]
    assert (item["data"], item["path"]) == (None, [])
    assert item["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def at(data: Any, path: list[Any]) -> Any:
    for key in path:
        data = data[key]
    return data
