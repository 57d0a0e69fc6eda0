"""Statements read only the columns that an operation requests."""

import re

import pytest

from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES
from tests.schema.lists import ids
from tests.support.queries import AS_REGISTRAR, ask, statements

pytestmark = pytest.mark.usefixtures("open_nation", "executed")
SELECT = re.compile(r"SELECT ((?:[tr]\.\w+(?:, )?)+)(?:.*?) (\w+) [tr] (?:WHERE|ON|ORDER)")


async def read(query: str, **variables: object) -> dict[str, set[str]]:
    """Return the columns that an operation reads, by table."""
    with statements() as made:
        await ask(query, **variables)
    found: dict[str, set[str]] = {}
    for text in made:
        match = SELECT.match(text)
        assert match, text
        columns = {name[2:] for name in match[1].strip(", ").split(", ")}
        found.setdefault(match[2], set()).update(columns)
    return found


async def test_a_page_and_its_relations_read_only_requested_columns() -> None:
    found = await read(
        """{ volunteers(first: 5, orderBy: [{ field: HOURS_TOTAL }]) {
             nodes { status region { name } person { displayName } } } }""",
        **AS_REGISTRAR,
    )
    assert found == {
        "volunteers": {"id", "status", "hours_total", "region_id", "person_id"},
        "regions": {"code", "name_kk", "name_ru", "name_en"},
        "people": {"id", "display_name"},
    }


async def test_a_page_of_each_parent_reads_only_requested_columns() -> None:
    query = "{ regions { projects(first: 2) { nodes { startsOn } } } }"
    assert await read(query) == {"regions": {"code"}, "projects": {"id", "starts_on"}}


async def test_columns_excluded_by_a_condition_are_not_read() -> None:
    query = """query ($more: Boolean!) { volunteers(first: 1) { nodes {
                 id status @include(if: $more) ... @skip(if: $more) { silver } } } }"""
    assert (await read(query, more=True))["volunteers"] == {"id", "status"}
    assert (await read(query, more=False))["volunteers"] == {"id", "silver"}


async def test_fragments_and_aliases_request_columns_too() -> None:
    query = """{ volunteers(first: 1) { nodes { ...on Node { ...on Volunteer { a: status } } ...f } } }
               fragment f on Volunteer { b: silver }"""
    assert (await read(query))["volunteers"] == {"id", "status", "silver"}


@pytest.mark.parametrize("name", NODES)
async def test_only_an_id_reads_only_the_key(name: str) -> None:
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{ id }} }} }}"
    records = table(NODES[name].model)
    assert await read(query, ids=await ids(name, 3)) == {records.name: {records.key}}


async def test_only_the_type_reads_only_the_key() -> None:
    query = "{ grants(first: 5) { nodes { recipient { __typename } } } }"
    found = await read(query)
    assert found.pop("grants") == {"id", "recipient_organisation_id", "recipient_person_id"}
    assert all(columns == {"id"} for columns in found.values())
