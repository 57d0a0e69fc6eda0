"""The messages of graphql-transport-ws, by its specification."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.talking import CHANGED, Talking, ask, closed, heard, say

ROLE = "{ viewer { role } }"
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": ROLE}}


async def answer(server: Talking, payload: Any = None, query: str = ROLE, **options: Any) -> Any:
    """Return the messages of one operation on a new socket."""
    async with server.socket(payload, **options) as socket:
        await ask(socket, "1", query)
        return await heard(socket)


@pytest.mark.parametrize("init", [{}, {"payload": None}, {"payload": {}}, {"payload": {"a": 1}}])
async def test_an_init_is_acknowledged(server_alone: Talking, init: dict[str, Any]) -> None:
    async with server_alone.bare() as socket:
        await say(socket, "connection_init", **init)
        assert await heard(socket) == {"type": "connection_ack"}


async def test_queries_are_answered_and_complete(server_alone: Talking) -> None:
    async with server_alone.socket() as socket:
        await ask(socket, "a", ROLE)
        answer = {"id": "a", "type": "next", "payload": {"data": {"viewer": {"role": None}}}}
        assert await heard(socket) == answer
        assert await heard(socket) == {"id": "a", "type": "complete"}
        await ask(
            socket,
            "a",
            "query A { viewer { role } } query B { regions { code } }",
            operationName="A",
        )
        assert await heard(socket) == answer


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nope }", "BAD_USER_INPUT"),
        ("{", "BAD_USER_INPUT"),
        ("{ volunteers { totalCount } }", "FORBIDDEN"),
        ("subscription { statisticsChanged(year: 1925) { year } }", "NOT_FOUND"),
        ("subscription { statisticsChanged(year: 0) { year } }", "BAD_USER_INPUT"),
        ("query A { viewer { role } } query B { viewer { role } }", "BAD_USER_INPUT"),
    ],
)
async def test_an_invalid_operation_gets_an_error_message(
    server_alone: Talking, query: str, code: str
) -> None:
    found = await answer(server_alone, query=query)
    assert (found["type"], found["id"]) == ("error", "1")
    assert found["payload"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    "payload",
    [{"query": 1}, {}, {"query": ROLE, "variables": [1]}, {"query": ROLE, "operationName": 1}],
)
async def test_a_payload_that_is_no_operation_is_an_error(
    server_alone: Talking, payload: Any
) -> None:
    async with server_alone.socket() as socket:
        await say(socket, "subscribe", id="1", payload=payload)
        assert (await heard(socket))["type"] == "error"
        await ask(socket, "1", ROLE)
        assert (await heard(socket))["type"] == "next"


async def test_pings_are_answered(server_alone: Talking) -> None:
    async with server_alone.bare() as socket:
        await say(socket, "ping")
        assert await heard(socket) == {"type": "pong"}
        await say(socket, "ping", payload={"n": 1})
        assert await heard(socket) == {"type": "pong", "payload": {"n": 1}}
        await say(socket, "pong")
        await say(socket, "connection_init")
        assert await heard(socket) == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "1",
        "null",
        b"{}",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "connection_init", "payload": "x"}',
        '{"type": "connection_init", "payload": {"Authorization": 1}}',
        '{"type": "ping", "payload": []}',
        '{"type": "complete"}',
        '{"a": 1, "a": 2}',
        "[" * 10_000,
        '{"type": "ping", "payload": ' + '{"a":' * 60 + "1" + "}" * 61,
        '{"type": "ping", "payload": {"n": 1' + "0" * 5000 + "}}",
        '{"type": "ping", "payload": {"n": "\\ud800"}}',
    ],
)
async def test_an_invalid_message_closes_the_socket(server_alone: Talking, message: Any) -> None:
    async with server_alone.bare() as socket:
        await socket.send(message)
        assert await closed(socket) == 4400


@pytest.mark.parametrize(
    "broken",
    [
        {"id": ""},
        {"id": 1},
        {"id": "x" * 129},
        {"payload": "{ a }"},
        {"payload": None},
        {"payload": []},
    ],
)
async def test_a_malformed_subscribe_ends_the_socket(
    server_alone: Talking, broken: dict[str, Any]
) -> None:
    async with server_alone.socket() as socket:
        await socket.send(json.dumps({**SUBSCRIBE, **broken}))
        assert await closed(socket) == 4400


async def test_operations_are_rejected_before_the_init(server_alone: Talking) -> None:
    async with server_alone.bare() as socket:
        await socket.send(json.dumps(SUBSCRIBE))
        assert await closed(socket) == 4401


async def test_exactly_one_init_is_required(server_alone: Talking) -> None:
    async with server_alone.socket() as socket:
        await say(socket, "connection_init")
        assert await closed(socket) == 4429
    async with server_alone.bare() as socket:
        assert await closed(socket) == 4408


async def test_an_id_belongs_to_one_operation(server_alone: Talking) -> None:
    async with server_alone.socket() as socket:
        await ask(socket, "1", CHANGED)
        assert (await heard(socket))["type"] == "next"
        await ask(socket, "1", ROLE)
        assert await closed(socket) == 4409


async def test_an_operation_that_is_completed_is_over(server_alone: Talking) -> None:
    async with server_alone.socket() as socket:
        for _ in range(30):  # more than there may be at once
            await ask(socket, "1", CHANGED)
            assert (await heard(socket))["type"] == "next"
            await say(socket, "complete", id="1")
        await say(socket, "complete", id="unknown")
        await say(socket, "ping")
        assert await heard(socket) == {"type": "pong"}


async def test_operations_at_once_are_limited(server_alone: Talking) -> None:
    async with server_alone.socket() as socket:
        for n in range(10):
            await ask(socket, str(n), CHANGED)
            assert (await heard(socket))["type"] == "next"
        await ask(socket, "10", ROLE)
        refused = await heard(socket)
        assert (refused["type"], refused["id"]) == ("error", "10")
        assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_sockets_of_one_client_are_limited(server_alone: Talking) -> None:
    token = {"Authorization": f"Bearer {server_alone.token('liaison')}"}
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(server_alone.socket(token))
        async with server_alone.bare() as socket:
            await say(socket, "connection_init", payload=token)
            assert await closed(socket) == 1013
        assert (await answer(server_alone))["type"] == "next"  # without a token: another client
    for _ in range(5):  # as many again
        assert (await answer(server_alone, token))["type"] == "next"


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_a_token_comes_in_the_payload(server_alone: Talking, name: str, nested: bool) -> None:
    given = {name: f"Bearer {server_alone.token('analyst')}"}
    found = await answer(server_alone, {"headers": given} if nested else given)
    assert found["payload"]["data"] == {"viewer": {"role": "ANALYST"}}


async def test_a_token_comes_in_the_header(server_alone: Talking) -> None:
    given = {"Authorization": f"Bearer {server_alone.token('analyst')}"}
    for payload in (None, given):  # a gateway may send it in both places
        found = await answer(server_alone, payload, additional_headers=given)
        assert found["payload"]["data"] == {"viewer": {"role": "ANALYST"}}


async def test_an_invalid_token_is_rejected(server_alone: Talking) -> None:
    good = f"Bearer {server_alone.token('analyst')}"
    for payload, headers in (
        ({"Authorization": "Bearer x.y.z"}, {}),
        ({"Authorization": "Basic abc"}, {}),
        ({"Authorization": good}, {"Authorization": f"Bearer {server_alone.token('ministry')}"}),
        ({}, {"Authorization": "Bearer nonsense"}),
    ):
        async with server_alone.bare(additional_headers=headers) as socket:
            await say(socket, "connection_init", payload=payload)
            assert await closed(socket) == 4403


async def test_a_socket_ends_with_its_token(server_alone: Talking) -> None:
    token = server_alone.token("analyst", seconds=2)
    async with server_alone.socket({"Authorization": f"Bearer {token}"}) as socket:
        await ask(socket, "1", CHANGED)
        assert (await heard(socket))["type"] == "next"
        assert await closed(socket) == 4403


async def test_language_and_purpose_come_in_the_payload(server_alone: Talking) -> None:
    region = '{ node(id: "UmVnaW9uOktaLTEw") { ... on Region { name } } }'
    found = await answer(server_alone, {"Accept-Language": "en"}, region)
    assert found["payload"]["data"]["node"]["name"] == "Abai Region"
    people = "{ people(first: 1) { nodes { familyName } } }"
    token = {"Authorization": f"Bearer {server_alone.token('ministry')}"}
    refused = await answer(server_alone, token, people)
    assert refused["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    given = await answer(server_alone, {**token, "X-Purpose": "REGISTRATION"}, people)
    assert given["payload"]["data"]["people"]["nodes"][0]["familyName"]


async def test_another_subprotocol_is_rejected(server_alone: Talking) -> None:
    async with server_alone.bare(subprotocols=["graphql-ws"]) as socket:
        assert await closed(socket) == 4406
    async with server_alone.bare(subprotocols=None) as socket:
        assert await closed(socket) == 4406


@pytest.mark.parametrize("path", ["/", "/metrics", "/graphql/x"])
async def test_there_are_no_sockets_elsewhere(server_alone: Talking, path: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        await server_alone.bare(path)


async def test_a_disconnected_client_leaves_nothing_running(server_alone: Talking) -> None:
    token = {"Authorization": f"Bearer {server_alone.token('officer')}"}
    for _ in range(8):  # more than it may have open
        async with server_alone.socket(token) as socket:
            await ask(socket, "1", CHANGED)
            assert (await heard(socket))["type"] == "next"
            socket.transport.abort()
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        await asyncio.sleep(0.1)


async def test_other_operations_go_on_while_one_fails(server_alone: Talking) -> None:
    async with server_alone.socket() as socket:
        await ask(socket, "1", CHANGED)
        assert (await heard(socket))["type"] == "next"
        await ask(socket, "2", "{ nope }")
        assert (await heard(socket))["type"] == "error"
        await ask(socket, "3", ROLE)
        assert (await heard(socket))["id"] == "3"
