"""Requests by hash: results per client, and errors of invalid ones."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.database.connection import fetch
from models.trusted_documents import EVERYONE, revoke
from tests.support.application import bearer
from tests.trusted_documents.asking import (
    COUNTRIES,
    GRAPHQL,
    REGIONS,
    automatic,
    by_id,
    code,
    digest,
    get,
    post,
    published,
    trusting,
)

NAMES = "query ($first: Int) { volunteers(first: $first) { nodes { person { familyName } } } }"
HASH = digest(REGIONS)
UNKNOWN = "PERSISTED_QUERY_NOT_FOUND"
MORE: tuple[dict[str, Any], ...] = ({}, {"operationName": "Regions"}, {"variables": {}})
MIXED = "query A { regions { code } } query B { countries { code } }"


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with a few published documents."""
    async with trusting(database_url, tmp_path) as client:
        await published(REGIONS, MIXED)
        yield client


async def test_a_published_document_is_asked_for_by_its_id(client: httpx.AsyncClient) -> None:
    expected = (await post(client, {"query": REGIONS})).json()
    for form in (by_id, automatic):
        for ask in (post, get):
            for more in MORE:
                answer = await ask(client, form(REGIONS, **more))
                assert answer.json()["data"] == expected["data"], (form, ask, more)
    chosen = await post(client, by_id(MIXED, operationName="B"))
    assert set(chosen.json()["data"]) == {"countries"}
    assert code(await post(client, by_id(MIXED))) == "BAD_USER_INPUT"
    assert code(await get(client, by_id(MIXED, operationName="C"))) == "BAD_USER_INPUT"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"documentId": 1}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": ""}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": HASH}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": f"sha256:{HASH[1:]}"}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": f"sha256:{HASH}0"}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": f"sha256:{HASH.upper()}"}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": f"md5:{HASH[:32]}"}, "BAD_USER_INPUT", "documentId: give sha256:"),
    ({"documentId": "x-own:regions"}, "BAD_USER_INPUT", "documentId: give sha256:"),
    (by_id(REGIONS, query=REGIONS), "BAD_USER_INPUT", "give only one of"),
    ({**by_id(REGIONS), **automatic(REGIONS)}, "BAD_USER_INPUT", "give only one of"),
    (automatic(REGIONS, query=COUNTRIES), "BAD_USER_INPUT", "provided sha does not match query"),
    (automatic(REGIONS, query=""), "BAD_USER_INPUT", "provided sha does not match query"),
    (automatic(REGIONS, query=1), "BAD_USER_INPUT", "query: give the text"),
    ({"extensions": "persistedQuery"}, "BAD_USER_INPUT", "extensions: give an object"),
    ({"extensions": {"persistedQuery": HASH}}, "BAD_USER_INPUT", "with version 1"),
    (
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}},
        "BAD_USER_INPUT",
        "with version 1",
    ),
    (
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH[:63]}}},
        "BAD_USER_INPUT",
        "64 hexadecimal digits",
    ),
    ({"extensions": {"persistedQuery": {"version": 1}}}, "BAD_USER_INPUT", "64 hexadecimal"),
    ({"extensions": {}}, "BAD_USER_INPUT", "query: give the text of a document"),
    ({"documentId": None}, "BAD_USER_INPUT", "query: give the text of a document"),
    (by_id(REGIONS, variables=[]), "BAD_USER_INPUT", "variables: give an object"),
]


@pytest.mark.parametrize(("body", "expected", "text"), BAD, ids=lambda value: str(value)[:70])
async def test_a_request_that_is_not_well_formed_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], expected: str, text: str
) -> None:
    response = await post(client, body)
    assert (response.status_code, code(response)) == (400, expected)
    assert text in response.json()["errors"][0]["message"]
    assert "data" not in response.json()


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (GRAPHQL, 400)])
async def test_an_id_that_nobody_published_gets_one_error(
    client: httpx.AsyncClient, accept: str, status: int
) -> None:
    await published(COUNTRIES)
    await revoke(digest(COUNTRIES), [EVERYONE])
    # Registering what was revoked brings it back in neither form.
    assert (await post(client, automatic(COUNTRIES, query=COUNTRIES))).json()["data"]
    cases = (
        (by_id("{ goals }"), "no such document is published for this client"),
        (by_id(COUNTRIES), "this document was revoked"),
        (automatic("{ goals }"), "PersistedQueryNotFound"),
        (automatic(COUNTRIES), "PersistedQueryNotFound"),
    )
    for body, text in cases:
        for ask in (post, get):
            response = await ask(client, body, accept=accept)
            assert (response.status_code, code(response)) == (status, UNKNOWN), body
            assert text in response.json()["errors"][0]["message"]
            assert response.headers["cache-control"] == "no-store"
            assert "data" not in response.json()
            assert response.json()["extensions"]["cost"]["requested"] == 0


async def test_a_document_of_another_client_is_unknown(database_url: str, tmp_path: Path) -> None:
    async with trusting(database_url, tmp_path) as client:
        await published(REGIONS, client="erikti-demo")
        await published(COUNTRIES, client="public")
        await published(MIXED)
        known = bearer(tmp_path, "analyst")
        for headers, own, others in ((known, REGIONS, COUNTRIES), ({}, COUNTRIES, REGIONS)):
            assert (await post(client, by_id(own), **headers)).json()["data"]
            assert (await post(client, by_id(MIXED, operationName="A"), **headers)).json()["data"]
            assert code(await post(client, by_id(others), **headers)) == UNKNOWN
            # Nor does it replace a document that is not registered.
            assert code(await post(client, automatic(others), **headers)) == UNKNOWN


async def test_what_was_revoked_for_a_client_is_not_for_everyone_else(
    database_url: str, tmp_path: Path
) -> None:
    async with trusting(database_url, tmp_path) as client:
        await published(REGIONS)
        await published(REGIONS, client="erikti-demo")
        await revoke(digest(REGIONS), ["erikti-demo"])
        known = bearer(tmp_path, "analyst")
        assert code(await post(client, by_id(REGIONS), **known)) == UNKNOWN
        assert (await post(client, by_id(REGIONS))).json()["data"]


async def test_an_answer_by_get_is_kept_as_one_to_a_text_is(client: httpx.AsyncClient) -> None:
    plain = await get(client, {"query": REGIONS})
    for form in (by_id, automatic):
        found = await get(client, form(REGIONS))
        for header in ("etag", "cache-control", "vary", "content-type"):
            assert found.headers[header] == plain.headers[header]
        assert found.headers["cache-control"] == "public, max-age=3600"
        assert found.content == plain.content
        again = await get(client, form(REGIONS), **{"if-none-match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_hash_that_looks_like_a_number_by_chance_may_stand_in_a_url(
    client: httpx.AsyncClient,
) -> None:
    digits = "900101350000"
    found = "a" * 51 + "b" + digits
    given: dict[str, Any] = {"documentId": f"sha256:{found}"}
    assert code(await get(client, given)) == UNKNOWN
    given = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": found}}}
    assert code(await get(client, given)) == UNKNOWN
    given["extensions"]["persistedQuery"]["more"] = digits
    assert code(await get(client, given)) == "BAD_USER_INPUT"
    assert code(await get(client, {"documentId": digits})) == "BAD_USER_INPUT"


async def test_a_document_by_id_passes_the_same_guards_as_a_text(
    database_url: str, tmp_path: Path
) -> None:
    headers = bearer(tmp_path, "analyst")
    async with trusting(database_url, tmp_path) as client:
        await published(NAMES)
        refused = []
        for number, body in enumerate(({"query": NAMES}, by_id(NAMES), automatic(NAMES))):
            sent = headers | {"x-request-id": f"r{number}", "accept": GRAPHQL}
            answer = await post(client, {**body, "variables": {"first": 5}}, **sent)
            assert answer.status_code == 403
            refused.append(answer.json()["errors"])
            sql = f"SELECT operation, decision FROM access_records WHERE request_id = 'r{number}'"
            assert [tuple(row) for row in await fetch(sql)] == [(digest(NAMES), "REFUSED")]
            too_many = await post(client, {**body, "variables": {"first": 50_000}}, **sent)
            assert code(too_many) == "LIMIT_EXCEEDED"
        assert refused[0] == refused[1] == refused[2]
        costs = [
            (await post(client, body)).json()["extensions"]["cost"]["requested"]
            for body in ({"query": REGIONS}, automatic(REGIONS, query=REGIONS), automatic(REGIONS))
        ]
        assert costs[0] == costs[1] == costs[2] > 0


async def test_without_the_database_nothing_is_found(database_url: str, tmp_path: Path) -> None:
    async with trusting(database_url, tmp_path, "public=only-known") as client:
        await published(REGIONS)
        await fetch("ALTER TABLE trusted_documents RENAME TO elsewhere")
        answer = await post(client, by_id(REGIONS))
        assert code(answer) == "INTERNAL"
        assert "trusted_documents" not in json.dumps(answer.json())
        assert code(await post(client, {"query": REGIONS})) == "INTERNAL"
