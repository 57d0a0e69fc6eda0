"""Builders of the inputs for filters, orders and groups."""

import inspect
from collections.abc import Collection, Mapping
from enum import Enum, EnumMeta
from functools import cache
from typing import TypeAlias

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.federation.schema_directives import Cost
from strawberry.types.arguments import StrawberryArgument

from models.people import Language
from resolvers.filters import MAX_VALUES, Conditions, HasValue
from schema.building.annotations import Type, optional, several
from schema.building.columns import type_name
from schema.building.costs import SEARCHING
from schema.building.wording import article

# The names of inputs and enums that belong to no record type, which a partner's subgraph must not
# define by chance: composers merge types of the same name.
PREFIX = "Erikti"
# The type of an input's field, its description and its GraphQL name; None to derive the name.
InputField: TypeAlias = tuple[Type, str, str | None]
OPERATORS = {
    "eq": ("eq", "Equal to this."),
    "in_": ("in", f"Equal to one of these, at most {MAX_VALUES}."),
    "ne": ("ne", "Not equal to this; records without a value match."),
    "contains": (
        "contains",
        "Contains this text. Names and titles match in any case and any spelling of Kazakh and "
        "Russian, Cyrillic or Latin; two letters match the beginnings of words.",
    ),
    "is_null": ("isNull", "True finds records without a value, false those with one."),
    "range": ("range", "Within these bounds."),
}
LANGUAGE = (
    "The language of the texts to order by, for a name or a title; by default the first of "
    "Accept-Language. Records without a text in it come last."
)
CONTAINS_ANY = f"Contains one of these values, at most {MAX_VALUES}."
BOUNDS = {
    "min": ("min", "At least this."),
    "max": ("max", "At most this."),
}


@strawberry.enum(name=f"{PREFIX}OrderDirection", description="The direction of an order.")
class OrderDirection(Enum):
    """The direction of an order."""

    ASC = strawberry.enum_value("ASC", description="Ascending: the smallest or earliest first.")
    DESC = strawberry.enum_value("DESC", description="Descending: the largest or latest first.")


def argument(
    name: str,
    type_: Type,
    description: str,
    required: bool = False,
    costs: Collection[Cost] = (),
) -> StrawberryArgument:
    """Return an argument of a field; an optional one is UNSET if it is not given."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(type_ if required else optional(type_)),
        description=description,
        default=inspect.Parameter.empty if required else strawberry.UNSET,
        directives=costs,
    )


def make_input(
    name: str,
    description: str,
    fields: Mapping[str, InputField],
    base: type[Conditions] = Conditions,
    costs: Mapping[str, Cost] | None = None,
) -> type:
    """Return an input type of conditions.

    ``fields`` maps Python names to them.
    """
    weights = {field: [cost] for field, cost in (costs or {}).items()}
    namespace: dict[str, object] = {
        field: strawberry.field(
            default=strawberry.UNSET,
            description=text,
            name=graphql_name,
            directives=weights.get(field, []),
        )
        for field, (_, text, graphql_name) in fields.items()
    }
    namespace["__annotations__"] = {
        field: optional(type_) for field, (type_, _, _) in fields.items()
    }
    namespace["__doc__"] = description
    return strawberry.input(type(name, (base,), namespace), name=name, description=description)


def _about(type_: type, kind: str) -> str:
    """Return the name of an input for values of a type, such as ``EriktiDateRange``."""
    # Enums have names that no partner would choose.
    return f"{'' if isinstance(type_, EnumMeta) else PREFIX}{type_name(type_)}{kind}"


@cache
def range_of(type_: type) -> type:
    """Return an input type with the bounds of a range of ``type_``, both inclusive."""
    fields = {field: (type_, text, graphql) for field, (graphql, text) in BOUNDS.items()}
    text = f"Bounds of {article(f'`{type_name(type_)}`')}, both inclusive; either may be omitted."
    return make_input(_about(type_, "Range"), text, fields)


@cache
def operand(type_: type, operators: tuple[str, ...]) -> type:
    """Return an input type that compares a value of ``type_`` by the given operators."""
    fields = {}
    for field in operators:
        graphql_name, text = OPERATORS[field]
        match field:
            case "in_":
                accepted: Type = several(type_)
            case "range":
                accepted = range_of(type_)
            case "is_null":
                accepted = bool
            case _:
                accepted = type_
        fields[field] = (accepted, text, graphql_name)
    text = f"Comparisons of {article(f'`{type_name(type_)}`')}, all of which must hold."
    return make_input(_about(type_, "Filter"), text, fields, costs={"contains": SEARCHING})


@cache
def text_operand() -> type:
    """Return an input type that compares a text in one language, or in any of them."""
    fields: dict[str, InputField] = {
        field: (list[str] if field == "in_" else bool if field == "is_null" else str, text, name)
        for field, (name, text) in OPERATORS.items()
        if field != "range"
    }
    fields["ne"] = (str, "Equal to this in no language.", None)
    fields["is_null"] = (bool, "Whether there is no text.", "isNull")
    fields["language"] = (Language, "The language of the compared text; by default any.", None)
    text = "Comparisons of a text in any language or in one, all of which must hold."
    return make_input(f"{PREFIX}TextFilter", text, fields, costs={"contains": SEARCHING})


@cache
def tag_operand(type_: type) -> type:
    """Return an input type for conditions on the values of a multi-valued field."""
    fields = {
        "contains": (type_, "Contains this value.", None),
        "contains_any": (several(type_), CONTAINS_ANY, None),
    }
    text = f"Conditions on a list of `{type_name(type_)}` values, all of which must hold."
    return make_input(_about(type_, "ListFilter"), text, fields, HasValue)


@cache
def bounds(type_: type) -> type:
    """Return an input type that compares a number of a group."""
    fields = {
        "eq": (type_, "Equal to this.", None),
        "ne": (type_, "Not equal to this.", None),
        "range": (range_of(type_), "Within these bounds.", None),
    }
    text = f"Comparisons of {article(f'`{type_name(type_)}`')} of a group, all of which must hold."
    return make_input(_about(type_, "Bounds"), text, fields)


def make_order(name: str, field: type[Enum], texts: bool = False) -> type:
    """Return an input type with one term of an order; ``field`` is the enum of its fields.

    With ``texts``, some of the fields are texts in three languages.
    """
    annotations: dict[str, Type] = {"field": field, "direction": OrderDirection}
    namespace: dict[str, object] = {
        "__annotations__": annotations,
        "field": strawberry.field(description="The field that decides the order."),
        "direction": strawberry.field(
            default=OrderDirection.ASC, description="The direction; ascending by default."
        ),
    }
    if texts:
        annotations["language"] = Language | None
        namespace["language"] = strawberry.field(default=strawberry.UNSET, description=LANGUAGE)
    text = "One term of an order; null comes last in either direction."
    return strawberry.input(type(name, (), namespace), name=name, description=text)


def make_enum(name: str, description: str, members: dict[str, tuple[str, str]]) -> type[Enum]:
    """Return an enum type; ``members`` maps names, which are upper-cased, to value and text."""
    values = {
        member.upper(): strawberry.enum_value(value, description=text)
        for member, (value, text) in members.items()
    }
    made: type[Enum] = Enum(name, values)  # type: ignore[misc]
    return strawberry.enum(made, name=name, description=description)
