"""Names of types are our own, and no two types say the same."""

from collections import defaultdict
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_specified_scalar_type,
)
from tortoise.fields.data import CharEnumFieldInstance

from erikti.auth.roles import ROLES
from models.access import Decision
from schema import schema
from schema.access import AccessRecordDecision
from schema.building.inputs import PREFIX
from schema.viewer import ViewerRole
from tests.models.tables import MODELS

GRAPH = schema._schema
HELPERS: list[Any] = [
    type_
    for name, type_ in GRAPH.type_map.items()
    if isinstance(type_, GraphQLInputObjectType | GraphQLEnumType)
    and not name.startswith(("_", "link__"))
]
OBJECTS = {name for name, type_ in GRAPH.type_map.items() if isinstance(type_, GraphQLObjectType)}
# The types of the schema that are not records and that a partner shares or may define too.
FOREIGN = {"Money", "PageInfo", "Period", "Query", "Subscription"}
# Scalars merge by their names alone.
SHARED = {"Date", "DateTime", "Decimal", "CurrencyCode"}
# What belongs to one record type grows with it, even if another type has the same members today.
OF_RECORDS = (
    "Connection",
    "Edge",
    "Group",
    "Dimension",
    "OrderField",
    "Having",
    "Filter",
    "Order",
    "By",
)


def is_own(name: str) -> bool:
    """Return whether a name begins with our prefix or with the name of one of our types."""
    assert PREFIX == "Erikti"
    owners = {PREFIX, *OBJECTS} - FOREIGN - {name}
    return any(name.startswith(owner) for owner in owners)


@pytest.mark.parametrize("type_", HELPERS, ids=str)
def test_no_partner_chooses_the_name_of_an_input_or_enum(type_: Any) -> None:
    assert type_.name in SHARED or is_own(type_.name), (
        f"begin {type_.name} with {PREFIX} or with the name of its record type"
    )


def test_scalars_are_shared_or_named_for_a_record() -> None:
    scalars = {
        name
        for name, type_ in GRAPH.type_map.items()
        if isinstance(type_, GraphQLScalarType)
        and not is_specified_scalar_type(type_)
        and not name.startswith(("_", "link__"))
    }
    assert {name for name in scalars - SHARED if not is_own(name)} == set()


def test_no_two_inputs_or_enums_have_the_same_members() -> None:
    shapes: dict[Any, list[str]] = defaultdict(list)
    for type_ in HELPERS:
        owner = next((n for n in OBJECTS - FOREIGN if type_.name.startswith(n)), "")
        if owner and type_.name.endswith(OF_RECORDS):
            continue
        if isinstance(type_, GraphQLEnumType):
            shapes[frozenset(type_.values)].append(type_.name)
        else:
            members = frozenset((n, str(m.type)) for n, m in type_.fields.items())
            shapes[members].append(type_.name)
    assert [names for names in shapes.values() if len(names) > 1] == []


def test_conditions_on_numbers_of_groups_have_one_type() -> None:
    for type_ in HELPERS:
        if type_.name.endswith("Having") and not type_.name.startswith(PREFIX):
            kinds = {str(member.type) for name, member in type_.fields.items() if name != "count"}
            assert kinds <= {f"{PREFIX}MeasuresHaving", f"{PREFIX}DurationMeasuresHaving"}


def test_closed_lists_are_enums() -> None:
    for model in MODELS:
        type_ = GRAPH.type_map.get(model.__name__)
        if not isinstance(type_, GraphQLObjectType):
            continue
        for field in type_.fields.values():
            definition = field.extensions.get("strawberry-definition")
            column = model._meta.fields_map.get(definition.python_name) if definition else None
            if isinstance(column, CharEnumFieldInstance):
                assert isinstance(get_named_type(field.type), GraphQLEnumType), (model, field)


def test_enums_of_the_caller_and_of_the_access_log_are_complete() -> None:
    assert {role.value for role in ViewerRole} == set(ROLES)
    assert {found.value for found in AccessRecordDecision} == set(Decision) - {Decision.OPENED}
