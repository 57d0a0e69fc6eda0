"""Hostile texts as keys are the same both ways, in IDs, in cursors and in what is recorded."""

import pytest
from strawberry.relay import to_base64

from erikti.database.connection import connection, dialect, fetch
from erikti.database.sqlite import BYTES
from resolvers.global_ids import key_text
from tests.schema.written.hostile import ENDS
from tests.schema.written.storing import unbounded, unchecked
from tests.support.both_ways import BothWays
from tests.support.queries import AS_REGISTRAR, ask, engine

CODE = "KZ-75"
# On SQLite the loaders take a text that begins like bytes for them, see ``packed``.
KEYS = (
    *(text.replace(BYTES, f"K{BYTES}") for text in ENDS),
    *("\x021\x03", "\x030;1\x021\x03", "a" * 32, "0" * 32),
)
REFERENCES = (
    ("regions", "code"),
    *((name, "region_id") for name in ("organisations", "volunteers", "front_offices", "projects")),
)
SEEN = """SELECT o.id, v.id FROM organisations o JOIN volunteers v ON v.region_id = o.region_id
  WHERE o.region_id = %s ORDER BY 1, 2 LIMIT 1"""
OF_REGION = """query ($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Organisation { region { ...All } } ... on Volunteer { region { ...All } } }
  regions { code volunteers(first: 1) { edges { cursor } nodes { id } } } }
  fragment All on Region { id code volunteers(first: 2) { totalCount edges { cursor node { id } } }
  organisations(first: 1) { pageInfo { endCursor } nodes { region { id } } } }"""


async def rename_region(code: str, new: str) -> None:
    """Give the region with a code another one, and all records that refer to it."""
    one, two = dialect().param(1), dialect().param(2)
    for table, column in REFERENCES:
        sql = f"UPDATE {table} SET {column} = {one} WHERE {column} = {two}"
        await connection().execute_query(sql, [new, code])


@pytest.mark.usefixtures("own_nation", "generous")
async def test_hostile_keys_give_the_same() -> None:
    """Keys are also in global IDs, and in the marks of what is recorded."""
    await unchecked(*(table for table, _ in REFERENCES))
    for table, column in REFERENCES:
        await unbounded(table, [column])
    found, before = engine(), CODE
    assert isinstance(found, BothWays)
    for text in KEYS:
        await rename_region(before, text)
        before = text
        ((organisation, volunteer),) = await fetch(SEEN % dialect().param(1), [text])
        given = [to_base64("Organisation", key_text(organisation))]
        given.append(to_base64("Volunteer", key_text(volunteer)))
        written = found.taken["written"]
        data = await ask(OF_REGION, ids=given, **AS_REGISTRAR)
        assert found.taken["written"] == written + 2, ascii(text)
        for node in data["nodes"]:
            region = node["region"]
            assert region["code"] == text
            assert region["id"] == to_base64("Region", text)
            assert len(region["volunteers"]["edges"]) == 2
