"""Root fields are error boundaries: an error in one leaves its neighbours."""

from pathlib import Path

from graphql import GraphQLNonNull

from tests.schema.walk import GRAPH
from tests.support.application import served

# Their specifications, or their meaning, do not allow null.
NEVER_NULL = {"_entities", "_service", "nodes", "viewer"}


def test_every_root_field_can_be_null() -> None:
    assert GRAPH.query_type is not None
    fields = GRAPH.query_type.fields.items()
    never = {name for name, field in fields if isinstance(field.type, GraphQLNonNull)}
    assert never == NEVER_NULL


async def test_a_bad_cursor_leaves_the_neighbours(populated: str, tmp_path: Path) -> None:
    query = """{ bad: organisations(after: "x") { nodes { id } }
      good: organisations(first: 1) { nodes { id } } regions { code }
      statistics(year: 1800) { year } }"""
    async with served(populated, tmp_path) as client:
        answer = (await client.post("/graphql", json={"query": query})).json()
    assert answer["data"]["bad"] is answer["data"]["statistics"] is None
    assert len(answer["data"]["good"]["nodes"]) == 1
    assert len(answer["data"]["regions"]) == 20
    found = {error["path"][0]: error["extensions"] for error in answer["errors"]}
    assert found == {
        "bad": {"code": "BAD_USER_INPUT", "argument": "after"},
        "statistics": {"code": "NOT_FOUND", "argument": "year"},
    }


async def test_an_undefined_variable_in_a_filter_leaves_the_neighbours(
    populated: str, tmp_path: Path
) -> None:
    query = """query ($k: OrganisationKind, $c: String) {
      bad: organisations(filter: { or: [{ kind: { eq: STATE } }, { kind: { eq: $k } }] }) {
        totalCount
      }
      skipped: organisations(filter: { kind: { eq: $k } }) @skip(if: true) { totalCount }
      defined: regions { organisations(filter: { name: { contains: $c } }) { totalCount } }
    }"""
    async with served(populated, tmp_path) as client:
        body = {"query": query, "variables": {"c": "aq"}}
        answer = (await client.post("/graphql", json=body)).json()
    (error,) = answer["errors"]
    assert error["path"] == ["bad"]
    assert error["locations"] == [{"line": 2, "column": 7}]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "filter.or.1.kind.eq"}
    assert "skipped" not in answer["data"]
    assert len(answer["data"]["defined"]) == 20
