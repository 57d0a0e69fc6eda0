"""Records by their keys that the fast path lets the database write anew."""

from collections.abc import Mapping

import pytest

from erikti.audit import Readings
from tests.endpoint.fast_path.ways import Ways, ids, left_alone, post, raw, warm

ENTITIES = """query ($them: [_Any!]!) { _entities(representations: $them) {
    ... on Volunteer { status region { code } } ... on Region { name } } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Volunteer { silver } } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Volunteer { hoursTotal } } }"


def entity(id_: str) -> dict[str, str]:
    """The representation of a volunteer."""
    return {"__typename": "Volunteer", "id": id_}


async def test_records_by_keys_take_the_same_statement(
    alone: Ways, analyst: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[object, int]] = []
    monkeypatch.setattr(Readings, "note", lambda _, access, count: noted.append((access, count)))
    one, other, *rest = await ids(alone, analyst)
    for query, name, first, others in (
        (NODE, "id", one, [other]),
        (NODES, "ids", [one], [[other, one, other], rest]),
        (ENTITIES, "them", [entity(one)], [[entity(e) for e in (other, one, other)]]),
    ):
        await warm(alone, {"query": query, "variables": {name: first}}, analyst)
        for each in others:
            body = {"query": query, "variables": {name: each}}
            noted.clear()
            before = alone.fast_path.written
            fast = await raw(alone.client, body, analyst)
            assert alone.fast_path.written == before + 1, body
            of_fast, noted[:] = list(noted), []
            assert of_fast
            assert fast == await raw(alone.full, body, analyst)
            assert of_fast == noted


async def test_records_that_are_not_plain_are_for_the_endpoint(
    alone: Ways, analyst: Mapping[str, str]
) -> None:
    one = (await ids(alone, analyst))[0]
    await warm(alone, {"query": ENTITIES, "variables": {"them": [entity(one)]}}, analyst)
    region = {"__typename": "Region", "code": "KZ-75"}
    source = {"__typename": "Volunteer", "source": {"system": "a", "identifier": "b"}}
    for them in (
        [region],  # the first one of its type
        [entity(one), region],
        [source],
        [{"__typename": "Nothing", "id": one}],
        [entity("x")],
        [5],
        [],
        entity(one),
        None,
        [entity(one)] * 2_000,
    ):
        await is_for_the_endpoint(alone, ENTITIES, {"them": them}, analyst)


async def test_no_records_are_for_the_endpoint(alone: Ways, analyst: Mapping[str, str]) -> None:
    one = (await ids(alone, analyst))[0]
    await warm(alone, {"query": NODES, "variables": {"ids": [one]}}, analyst)
    await is_for_the_endpoint(alone, NODES, {"ids": []}, analyst)


async def is_for_the_endpoint(
    way: Ways, query: str, variables: Mapping[str, object], caller: Mapping[str, str]
) -> None:
    """Check that the endpoint answers a request, and as on the full way."""
    body = {"query": query, "variables": variables}
    response = await left_alone(way, body, caller)
    full = await post(way.full, body, caller)
    for part in ("data", "errors"):
        assert response.json().get(part) == full.json().get(part)
