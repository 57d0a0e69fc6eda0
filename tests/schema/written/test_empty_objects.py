"""Objects of a type for which an operation has no fields are empty, and count like others."""

import pytest
from strawberry.relay import to_base64

from tests.support.queries import AS_REGISTRAR, ask

pytestmark = pytest.mark.usefixtures("open_nation")
IDS = [to_base64("Region", "KZ-75"), to_base64("Country", "KZ"), to_base64("Region", "none")]


async def test_a_record_of_a_type_without_fields_is_an_empty_object() -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Country { code } } }"
    assert (await ask(query, ids=IDS))["nodes"] == [{}, {"code": "KZ"}, None]
    query = "query ($id: ID!) { node(id: $id) { ... on Country { code } } }"
    assert (await ask(query, id=IDS[0]))["node"] == {}


async def test_a_member_of_a_union_without_fields_is_an_empty_object() -> None:
    query = "{ nominations(first: 100) { nodes { nominee { ... on %s { id } } } } }"
    found = {}
    for name in ("Person", "Organisation"):
        nodes = (await ask(query % name, **AS_REGISTRAR))["nominations"]["nodes"]
        found[name] = [node["nominee"] for node in nodes]
    assert {} in found["Person"]
    assert {} in found["Organisation"]
    assert all(
        bool(a) != bool(b) for a, b in zip(found["Person"], found["Organisation"], strict=True)
    )
