"""Plain lists of objects hold closed sets; everything that grows with the data is a connection."""

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from schema import schema

GRAPH = schema._schema
# The types whose objects are as many as a standard or an enum says, by the reason.
CLOSED = {
    "Region": "the regions of ISO 3166-2:KZ",
    "Country": "the countries of ISO 3166-1",
    "SustainableDevelopmentGoal": "the 17 goals of the United Nations",
    "CodeList": "the code lists of the schema, one for each enum",
    "CodeValue": "the values of an enum",
    "StatisticalFigure": "the figures of a year, whose codes are a closed list",
    "RegistryMonth": "the 12 months of a year",
    "RegistryRegion": "one part for each region",
    "RegistryPlacements": "one part for each programme and country: counts, no records",
}
# Lists with as many items as the request has.
REQUESTED = {
    "Query.nodes": "the plural of Relay's `node`: one item for each id",
    "Query._entities": "Apollo Federation: one item for each representation",
}
LISTS = {
    f"{type_.name}.{name}": get_named_type(field.type).name
    for type_ in GRAPH.type_map.values()
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    and not type_.name.startswith("__")
    for name, field in type_.fields.items()
    if is_list_type(get_nullable_type(field.type)) and not is_leaf_type(get_named_type(field.type))
}
PLAIN = {
    place: target
    for place, target in LISTS.items()
    if place.partition(".")[2] not in ("nodes", "edges")
    or not place.partition(".")[0].endswith("Connection")
}


@pytest.mark.parametrize(("place", "target"), PLAIN.items())
def test_a_plain_list_is_a_closed_set(place: str, target: str) -> None:
    assert place in REQUESTED or target in CLOSED, (
        f"make {place} a connection: {target} is no closed set"
    )


def test_no_exception_is_left_over() -> None:
    assert set(CLOSED) <= set(PLAIN.values())
    assert set(REQUESTED) <= set(PLAIN)
    assert len(LISTS) > 2 * len(PLAIN) > 0


def test_the_page_of_a_connection_has_its_edges_and_nodes() -> None:
    for name, type_ in GRAPH.type_map.items():
        if name.endswith("Connection"):
            assert isinstance(type_, GraphQLObjectType)
            assert {f"{name}.nodes", f"{name}.edges"} <= set(LISTS)
            assert "pageInfo" in type_.fields
