"""Both databases give the same results for generated operations, without INTERNAL errors.

``make generated`` runs more operations.
"""

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLField, get_named_type, is_leaf_type

from erikti.database.connection import Database, fetch
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.tables import column_of, table
from tests.executor.operations import Operation
from tests.schema.generated import equal, generated
from tests.schema.lists import LISTED, ROOTS
from tests.schema.walk import GRAPH

EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "150"))
# Columns without nulls, because of a constraint or because there is only one record.
# One language of a text is present, the Russian one here.
FULL = {("Forum", name) for name in ("starts_on", "host_city_kk", "host_city_en")} | {
    (listing.name, f"{text}_ru")
    for listing in LISTINGS
    for text in (*listing.filters, *listing.orders)
    if listing.is_text(text)
}


def lists() -> Iterator[Operation]:
    """Return queries for every list in every order, and for every grouping in every order."""
    for listing in LISTED:
        name = listing.name
        orders = list(ordered(values(f"{name}OrderField")))
        pages = (f"{order}, first: 50" for order in orders)
        yield several(ROOTS[name], [f"({page}) {{ nodes {{ id }} }}" for page in pages])
        group: Any = GRAPH.type_map[f"{name}Group"]
        keys = " ".join(leaf_of(key, field) for key, field in group.fields.items())
        dimensions = values(f"{name}Dimension")
        for dimension in dimensions:
            others = set(dimensions) - {dimension}
            fields = [f for f in values(f"{name}GroupOrderField") if f not in others]
            by = [f"by: [{dimension}], first: 50, {order}" for order in ordered(fields)]
            groups = several(
                "groups", [f"({arguments}) {{ totalCount nodes {{ {keys} }} }}" for arguments in by]
            )
            yield Operation(f"{{ {ROOTS[name]} {{ totalCount {groups.text[1:-1]} }} }}")


def ordered(fields: list[str]) -> Iterator[str]:
    """Return the arguments of every order by one field."""
    for field, direction in product(fields, ("ASC", "DESC")):
        yield f"orderBy: [{{ field: {field}, direction: {direction} }}]"


def several(name: str, behind: list[str]) -> Operation:
    """Return a field several times, with these arguments and selections."""
    aliased = (f"a{number}: {name}{text}" for number, text in enumerate(behind))
    return Operation(f"{{ {' '.join(aliased)} }}")


def values(enum: str) -> list[str]:
    """Return the values of an enum type."""
    type_ = GRAPH.type_map[enum]
    assert isinstance(type_, GraphQLEnumType)
    return list(type_.values)


def leaf_of(name: str, field: GraphQLField) -> str:
    """Return a field with the required selection."""
    type_: Any = get_named_type(field.type)
    if is_leaf_type(type_):
        return name
    if type_.name in ("EriktiMeasures", "EriktiDurationMeasures"):
        return f"{name} {{ {' '.join(type_.fields)} }}"
    return f"{name} {{ __typename }}"


async def test_every_column_that_may_hold_a_null_holds_some(sparse: dict[str, str]) -> None:
    for url in sparse.values():
        full = set()
        async with Database(url):
            for listing in LISTINGS:
                records = table(listing.model)
                for name in {*listing.compared, *listing.sorted} - set(listing.tags):
                    column = column_of(listing.model, name)
                    if not records.field(column).null:
                        continue
                    text = f"SELECT count(*), count({column}) FROM {records.name}"
                    ((rows, filled),) = await fetch(text)
                    if not 0 < filled < rows:
                        full.add((listing.name, name))
        assert full == FULL


@pytest.mark.usefixtures("generous")
def test_every_order_and_dimension_answers_the_same(sparse: dict[str, str]) -> None:
    equal(sparse, list(lists()))


@pytest.mark.usefixtures("generous")
def test_generated_operations_answer_the_same(sparse: dict[str, str]) -> None:
    operations = generated(sparse["sqlite"], EXAMPLES)
    equal(sparse, operations)
    print(f"{len(operations)} operations: {len(operations)} answers equal, 0 INTERNAL", flush=True)
