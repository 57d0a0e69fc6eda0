"""Filters, orders and dimensions are named like the fields that they are about."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from erikti.database.dialect import Truncation
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.listings import Listing
from schema import schema
from schema.building.inputs import PREFIX

GRAPH = schema._schema
COMBINING = {"and", "or", "not", "isNull"}
VALUE_OBJECTS = {"Money", "Period"}
# Dimensions that no single field has, with the reason.
OWN = {
    ("Grant", "region"): "that of the recipient, or of the project",
    ("Volunteer", "participationYear"): "a year of any of the participations",
    ("Volunteer", "sex"): "that of the person",
    ("Volunteer", "ageBand"): "by the year of birth of the person",
}
LISTED = [found for found in LISTINGS if f"{found.name}OrderField" in GRAPH.type_map]


def fields_of(name: str) -> dict[str, Any]:
    """Return the fields of an object type."""
    type_ = GRAPH.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return {field: get_named_type(found.type) for field, found in type_.fields.items()}


def flat(listing: Listing) -> set[str]:
    """Return the names that orders and dimensions may have.

    Enum values are flat: of a value object they name the member, of a union the field and the
    member.
    """
    found = set()
    for name, type_ in fields_of(listing.name).items():
        found |= {name, to_camel_case(listing.singular(to_snake_case(name)))}
        if type_.name in VALUE_OBJECTS:
            found |= set(fields_of(type_.name))
        if isinstance(type_, GraphQLUnionType):
            found |= {f"{name}{member.name}" for member in type_.types}
    return found


def through(listing: Listing) -> set[str]:
    """Return the names of dimensions of related records: the fields on the way to theirs."""
    found = set()
    for name, type_ in fields_of(listing.name).items():
        target = next((other for other in LISTINGS if other.name == type_.name), None)
        for inner in flat(target) if target else ():
            found.add(f"{name}{inner[0].upper()}{inner[1:]}")
    return found


def dated(names: set[str]) -> set[str]:
    """Return the names of calendar units of dates: ``startsOn`` gives ``startsYear`` and so on."""
    stems = {name[:-2] for name in names if name.endswith(("On", "At"))}
    return {f"{stem}{unit.capitalize()}" for stem in stems for unit in Truncation}


def members(type_: Any) -> Iterator[tuple[str, Any]]:
    """Yield the members of an input and their types."""
    assert isinstance(type_, GraphQLInputObjectType)
    for name, member in type_.fields.items():
        yield name, get_named_type(member.type)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_filters_are_named_like_fields(listing: Listing) -> None:
    fields = fields_of(listing.name)
    for name, type_ in members(GRAPH.type_map[f"{listing.name}Filter"]):
        if name in COMBINING:
            continue
        if (listing.name, name) == ("Person", "source"):
            assert "sources" in fields  # any of which may match
            continue
        assert name in fields, f"{listing.name}Filter.{name} is no field of {listing.name}"
        target = fields[name]
        if isinstance(target, GraphQLUnionType):
            names = {to_camel_case(to_snake_case(member.name)) for member in target.types}
        elif target.name in VALUE_OBJECTS:
            names = set(fields_of(target.name))
        else:
            continue
        assert type_.name == f"{PREFIX}{target.name}Filter"
        assert {member for member, _ in members(type_)} == names


@pytest.mark.parametrize("listing", LISTED, ids=lambda listing: listing.name)
def test_orders_and_dimensions_are_named_like_fields(listing: Listing) -> None:
    names = flat(listing)
    orders: Any = GRAPH.type_map[f"{listing.name}OrderField"]
    assert {to_camel_case(value.lower()) for value in orders.values} <= names
    if listing.groups:
        dimensions: Any = GRAPH.type_map[f"{listing.name}Dimension"]
        found = {to_camel_case(value.lower()) for value in dimensions.values}
        own = {name for owner, name in OWN if owner == listing.name}
        assert found - own <= names | dated(names) | through(listing)
        assert found <= set(fields_of(f"{listing.name}Group"))


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_every_name_and_title_can_be_filtered_and_ordered_by(listing: Listing) -> None:
    texts = {to_snake_case(n) for n in fields_of(listing.name) if listing.is_text(to_snake_case(n))}
    assert texts <= set(listing.filters)
    assert texts <= set(listing.orders) or not listing.orders


def test_presence_is_is_null_and_not_equal_is_ne() -> None:
    for name, type_ in GRAPH.type_map.items():
        if not name.endswith("Filter") or not isinstance(type_, GraphQLInputObjectType):
            continue
        assert not [member for member in type_.fields if member.startswith("has")]
        if "eq" in type_.fields:
            assert "not" not in type_.fields
            assert "isNull" in type_.fields or name == f"{PREFIX}IDFilter"
