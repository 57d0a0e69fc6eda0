"""Errors of requests without an operation, with several, or with an invalid one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.application import bearer, served

GRAPHQL = "application/graphql-response+json"
TWO = "query A { __typename } query B { regions { code } }"
ONE = "{ __typename }"
JUNK = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
BAD, METHOD, INPUT, LIMIT = "BAD_REQUEST", "METHOD_NOT_ALLOWED", "BAD_USER_INPUT", "LIMIT_EXCEEDED"


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with reference data."""
    async with served(database_url, tmp_path) as client:
        yield client


@pytest.mark.parametrize("media", ["application/json", GRAPHQL])
@pytest.mark.parametrize(
    ("method", "asked", "status", "code", "words"),
    [
        ("GET", {"query": "mutation { x }"}, 405, METHOD, "Send mutations by POST."),
        ("POST", [{"query": TWO}] * 2, 400, BAD, "Send one operation at a time"),
        ("POST", [], 400, BAD, "Send one operation at a time"),
        ("POST", {"query": TWO}, 400, INPUT, "operationName: name one of the operations"),
        ("GET", {"query": TWO}, 400, INPUT, "operationName: name one of the operations"),
        ("POST", {"query": TWO, "operationName": "C"}, 400, INPUT, "no operation of this name"),
        ("POST", {"query": TWO, "operationName": 1}, 400, INPUT, "operationName: give a string"),
        ("POST", {"query": "fragment F on Region { code }"}, 400, INPUT, "operationName"),
        ("POST", {}, 400, INPUT, "query: give the text of a document"),
        ("POST", {"query": TWO, "variables": []}, 400, INPUT, "variables: give an object"),
        ("GET", {"query": ONE, "variables": ""}, 400, INPUT, "variables: this is empty"),
        ("GET", {"query": ONE, "extensions": ""}, 400, INPUT, "extensions: this is empty"),
        ("GET", {"query": ONE, "operationName": " "}, 400, INPUT, "operationName: this is empty"),
        ("GET", {"query": ""}, 400, INPUT, "query: this is empty"),
        ("GET", {"documentId": ""}, 400, INPUT, "documentId: this is empty"),
        ("GET", {"query": ONE, "variables": "null"}, 400, INPUT, "variables: give a JSON object."),
        (
            "GET",
            {"query": ONE, "variables": "[]"},
            400,
            INPUT,
            "variables: give a JSON object, not a list",
        ),
        ("GET", {"query": ONE, "extensions": "{"}, 400, INPUT, "extensions: give a JSON object."),
        ("GET", {"query": ONE, "variables": '{"a":1,"a":2}'}, 400, INPUT, "a duplicate key"),
    ],
)
async def test_a_request_without_an_operation_gets_the_reason(
    client: httpx.AsyncClient,
    media: str,
    method: str,
    asked: Any,
    status: int,
    code: str,
    words: str,
) -> None:
    given = {"params" if method == "GET" else "json": asked}
    response = await client.request(method, "/graphql", headers={"Accept": media}, **given)
    answer = response.json()
    assert response.status_code == status
    assert answer["errors"][0]["extensions"]["code"] == code
    assert words in answer["errors"][0]["message"]
    assert "data" not in answer


async def test_an_empty_parameter_of_others_is_ignored(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": ONE, "utm_source": ""})
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_both_paths_answer_alike(client: httpx.AsyncClient) -> None:
    for method, given in (
        ("GET", {"params": {"query": ONE}}),
        ("POST", {"json": {"query": ONE}}),
        ("HEAD", {"params": {"query": ONE}}),
        ("OPTIONS", {}),
        ("PUT", {}),
        ("GET", {"headers": {"accept": "text/html"}}),
        ("GET", {"params": {"query": ONE}, "headers": {"accept": "text/event-stream"}}),
    ):
        found = await client.request(method, "/graphql/", **given)  # type: ignore[arg-type]
        expected = await client.request(method, "/graphql", **given)  # type: ignore[arg-type]
        assert found.status_code == expected.status_code
        assert found.headers.get("content-type") == expected.headers.get("content-type")
        assert len(found.content) == len(expected.content)


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"__typename": None},
        {"__typename": 1},
        {"__typename": "Query"},
        {"__typename": "Unknown", "id": "x"},
        {"__typename": "Node", "id": "x"},
        {"__typename": "Person"},
        {"__typename": "Person", "id": None},
        {"__typename": "Person", "id": [{}]},
        {"__typename": "Region", "id": "x", "code": 7},
        {"__typename": "Region", "name": "Abai"},
    ],
    ids=str,
)
async def test_an_invalid_representation_fails_only_itself(
    client: httpx.AsyncClient, junk: Any
) -> None:
    good = {"__typename": "Region", "code": "KZ-75"}
    body = {"query": JUNK, "variables": {"r": [good, junk, good]}}
    answer = (await client.post("/graphql", json=body)).json()
    assert answer["data"] == {
        "_entities": [{"__typename": "Region"}, None, {"__typename": "Region"}]
    }
    (error,) = answer["errors"]
    assert error["path"] == ["_entities", 1]
    assert error["extensions"]["code"] == INPUT


async def test_a_gateway_sends_more_representations_with_its_token(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    reference = {"__typename": "Region", "code": "KZ-75", "padding": "a" * 100}
    for count, headers, status, limit, allowed in (
        (100, {}, 200, None, None),
        (101, {}, 400, "entities", 100),
        (1_000, bearer(tmp_path, "gateway"), 200, None, None),
        (1_000, bearer(tmp_path, "partner", country="KG"), 200, None, None),
        (1_001, bearer(tmp_path, "gateway"), 400, "entities", 1_000),
        (1_000, {}, 413, None, None),
        (2_000, bearer(tmp_path, "gateway"), 413, None, None),
    ):
        body = {"query": JUNK, "variables": {"r": [reference] * count}}
        found = await client.post("/graphql", json=body, headers=headers | {"Accept": GRAPHQL})
        assert found.status_code == status, found.text[:300]
        if status == 200:
            assert found.json()["data"]["_entities"] == [{"__typename": "Region"}] * count
        elif limit:
            extensions = found.json()["errors"][0]["extensions"]
            assert (extensions["limit"], extensions["allowed"]) == (limit, allowed)


async def test_the_role_of_a_gateway_sees_what_the_public_sees(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    query = """{ volunteers { totalCount } organisations { totalCount } placements { totalCount }
      regions { code } laureates { totalCount } }"""
    told = []
    for headers in ({}, bearer(tmp_path, "gateway")):
        for text in ("{ regions { code name } }", "{ laureates { totalCount } }", query):
            found = (await client.post("/graphql", json={"query": text}, headers=headers)).json()
            told.append((text, found.get("data"), found.get("errors")))
    half = len(told) // 2
    assert told[:half] == told[half:]


@pytest.mark.parametrize("junk", ["x", 1, None, [], [None]], ids=str)
async def test_representations_that_are_no_objects_are_refused(
    client: httpx.AsyncClient, junk: Any
) -> None:
    body = {"query": JUNK, "variables": {"r": [junk]}}
    answer = (await client.post("/graphql", json=body)).json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {INPUT}
