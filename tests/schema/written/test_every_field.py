"""Every field of every type is the same both ways, of records with a null here and there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from graphql import get_named_type, is_leaf_type
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from tests.access.callers import CALLERS
from tests.executor.on_schema import database
from tests.schema.walk import entities, relations, selection
from tests.support.both_ways import BothWays
from tests.support.queries import KEY, REGISTRAR, engine

WHO = (REGISTRAR, CALLERS["analyst"], CALLERS["region"], replace(REGISTRAR, country="KG"))


def fields(name: str) -> Iterator[str]:
    """Yield each field of a type that takes no more than a page."""
    (entity,) = (entity for entity in entities() if entity.name == name)
    yield from (selection(relation) for relation in relations() if relation.parent == name)
    for leaf, field in entity.fields.items():
        if is_leaf_type(get_named_type(field.type)):
            yield leaf


async def all_of(name: str) -> list[str]:
    """Return the IDs of up to a hundred records."""
    records = table(NODES[name].model)
    rows = await fetch(f"SELECT {records.key} FROM {records.name} ORDER BY 1 LIMIT 100")
    return [to_base64(name, key_text(row[0])) for row in rows]


@pytest.mark.usefixtures("generous")
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_every_field_is_the_same_both_ways(sparse: dict[str, str], kind: str) -> None:
    found = engine()
    assert isinstance(found, BothWays)
    with database(sparse[kind]) as runner:
        for name in NODES:
            given = {"ids": runner.run(all_of(name))}
            for field in fields(name):
                query = (
                    f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{ {field} }} }} }}"
                )
                for principal in WHO:
                    context = Context(Language.RU, KEY, principal, purpose="REGISTRATION")
                    runner.run(found.execute(query, given, context))
    assert found.taken["written"] > len(NODES) * len(WHO)
