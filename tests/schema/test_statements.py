"""One statement per relation and level, independent of the number of parents."""

import pytest
from graphql import GraphQLUnionType

from resolvers.global_ids import NODES
from tests.schema.lists import ids
from tests.schema.walk import Relation, chains, connections, entities, relations, selection
from tests.support.queries import AS_REGISTRAR, ask, statements

pytestmark = pytest.mark.usefixtures("open_nation", "generous", "executed")
PARENTS = 100
# For a page, a total, groups and their scan cost; for keys and records; for each type of a union.
CONNECTION, LINKED = 4, 2
LINKS = {"sustainableDevelopmentGoals"}
NONE = {"period", "amount"}


async def taken(name: str, fields: str, count: int) -> int:
    """Return the number of statements for fields of ``count`` parents, without the parents'."""
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{ {fields} }} }} }}"
    parents = await ids(name, count)
    assert parents, f"the demo data has no {name}"
    with statements() as alone:
        await ask(query.replace(fields, "id"), ids=parents, **AS_REGISTRAR)
    with statements() as together:
        await ask(query, ids=parents, **AS_REGISTRAR)
    return len(together) - len(alone)


def most(relation: Relation) -> int:
    """Return the maximum number of statements for a relation."""
    if relation.name in NONE:
        return 0
    if relation.is_connection:
        return CONNECTION
    if isinstance(relation.target, GraphQLUnionType):
        return len(relation.target.types)
    return LINKED if relation.name in LINKS else 1


@pytest.mark.parametrize("relation", relations(), ids=lambda r: f"{r.parent}.{r.name}")
async def test_a_relation_takes_as_many_statements_for_a_hundred_parents_as_for_one(
    relation: Relation,
) -> None:
    fields = selection(relation)
    many = await taken(relation.parent, fields, PARENTS)
    assert many <= most(relation)
    assert await taken(relation.parent, fields, 1) <= many


@pytest.mark.parametrize("chain", chains(), ids=".".join)
async def test_three_levels_of_lists_take_one_statement_each(chain: tuple[str, str, str]) -> None:
    first, second, third = chain
    inner = f"{third}(first: 5) {{ nodes {{ __typename }} }}"
    middle = f"{second}(first: 5) {{ nodes {{ {inner} }} }}"
    with statements() as made:
        text = f"{{ {first}(first: {PARENTS}) {{ nodes {{ {middle} }} }} }}"
        data = await ask(text, **AS_REGISTRAR)
    assert data[first]["nodes"]
    reached = any(node[second]["nodes"] for node in data[first]["nodes"])
    assert len(made) == (3 if reached else 2)


def test_the_walk_meets_every_entity_and_connection() -> None:
    assert {entity.name for entity in entities()} == set(NODES)
    lists = {(e.name, name) for e in entities() for name, _ in connections(e)}
    assert lists == {(r.parent, r.name) for r in relations() if r.is_connection}
    assert len(chains()) == 9
