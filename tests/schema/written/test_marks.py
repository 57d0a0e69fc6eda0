"""What is counted, signed, recorded and withheld beside the data is the same both ways."""

from typing import Any

import pytest
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from tests.access.callers import CALLERS
from tests.support.both_ways import BothWays
from tests.support.queries import AS_REGISTRAR, ask, engine

pytestmark = pytest.mark.usefixtures("open_nation", "generous")
PAGES = (
    "{ regions { volunteers(first: 2) { pageInfo { hasNextPage } nodes { id } } } }",
    "{ regions { volunteers(last: 2) { pageInfo { hasPreviousPage } edges { cursor } } } }",
    "{ volunteers(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes "
    "{ participations(first: 1) { totalCount pageInfo { hasNextPage } nodes { hours } } } } }",
    "{ projects(first: 3) { totalCount nodes { participations { totalCount } hours } } }",
)
WITHOUT_VOTES = """query ($to: EriktiOrderDirection!) { nominations(first: 3,
  filter: { votes: { isNull: true } }, orderBy: { field: VOTES, direction: $to }) {
  pageInfo { startCursor endCursor } edges { cursor node { votes } } } }"""
SOURCES = "{ volunteers(first: 3) { nodes { source { system identifier } } } }"


async def written(query: str, **given: object) -> dict[str, object]:
    """Return the data of a query, all of which must have been written."""
    found = engine()
    assert isinstance(found, BothWays)
    before = found.taken["written"]
    data = await ask(query, **given)
    assert found.taken["written"] == before + len(data)
    return data


@pytest.mark.parametrize("query", PAGES)
async def test_rows_after_a_page_are_neither_recorded_nor_charged(query: str) -> None:
    """The engine of the tests compares what was read, and the points."""
    await written(query, **AS_REGISTRAR)
    await written(query, caller=CALLERS["analyst"])


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_a_null_is_a_position(direction: str) -> None:
    data: Any = await written(WITHOUT_VOTES, to=direction, **AS_REGISTRAR)
    edges = data["nominations"]["edges"]
    assert [edge["node"]["votes"] for edge in edges] == [None] * 3
    assert all(edge["cursor"] for edge in edges)


async def test_sources_of_people_are_withheld_in_the_same_way() -> None:
    nodes = (await ask(SOURCES, caller=CALLERS["analyst"]))["volunteers"]["nodes"]
    assert [node["source"]["identifier"] for node in nodes] == [None] * 3
    nodes = (await ask(SOURCES, **AS_REGISTRAR))["volunteers"]["nodes"]
    assert all(node["source"]["identifier"] for node in nodes)


async def test_hidden_records_are_found_by_no_key() -> None:
    region, seen = CALLERS["region"], table(NODES["Volunteer"].model)
    everyone = await fetch(f"SELECT {seen.key}, region_id FROM {seen.name} ORDER BY 1 LIMIT 100")
    shown = set()
    for key, code in everyone:
        given = to_base64("Volunteer", key_text(key))
        data = await ask(
            LOOK_UPS, caller=region, id=given, keys=[{"__typename": "Volunteer", "id": given}]
        )
        one, node, (several,), (entity,) = data.values()
        assert one == node == several == entity
        assert (one is not None) == (code == region.region)
        shown.add(one is not None)
    assert shown == {True, False}


LOOK_UPS = """query ($id: ID!, $keys: [_Any!]!) { volunteer(by: { id: $id }) { id }
  node(id: $id) { id } nodes(ids: [$id]) { id }
  _entities(representations: $keys) { ... on Volunteer { id } } }"""
