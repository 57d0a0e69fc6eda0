"""The inputs that filters, orders and groups are made of."""

import inspect
from collections.abc import Collection, Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.federation.schema_directives import Cost
from strawberry.types.arguments import StrawberryArgument

from resolvers.filters import MAX_VALUES, Conditions, HasValue
from schema.building.costs import SEARCHING

OPERATORS = {
    "eq": ("eq", "Equal to this."),
    "in_": ("in", f"Equal to one of these, at most {MAX_VALUES}."),
    "not_": ("not", "Not equal to this; what has no value counts as different."),
    "contains": ("contains", "Contains this text, in upper or lower case."),
    "is_null": ("isNull", "Whether there is no value."),
    "range": ("range", "Within these bounds."),
}
BOUNDS = {
    "min": ("min", "At least this."),
    "max": ("max", "At most this."),
}


@strawberry.enum(description="A direction of ordering.")
class OrderDirection(Enum):
    """Which end of an order comes first."""

    ASC = strawberry.enum_value("ASC", description="From the smallest, earliest or first.")
    DESC = strawberry.enum_value("DESC", description="From the largest, latest or last.")


def lazy(name: str, module: str) -> Any:
    """A type of another module by name, looked up when the schema is built."""
    return Annotated[name, strawberry.lazy(module)]


def argument(
    name: str,
    type_: Any,
    description: str,
    required: bool = False,
    costs: Collection[Cost] = (),
) -> StrawberryArgument:
    """An argument of a field; one that is not required and not given is not passed on."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(type_ if required else type_ | None),
        description=description,
        default=inspect.Parameter.empty if required else strawberry.UNSET,
        directives=costs,
    )


def make_input(
    name: str,
    description: str,
    fields: Mapping[str, tuple[Any, str, str | None]],
    base: type[Conditions] = Conditions,
    costs: Mapping[str, Cost] | None = None,
) -> Any:
    """An input of conditions: type, description and GraphQL name by Python name."""
    weights = {field: [cost] for field, cost in (costs or {}).items()}
    namespace: dict[str, Any] = {
        field: strawberry.field(
            default=strawberry.UNSET,
            description=text,
            name=graphql_name,
            directives=weights.get(field, []),
        )
        for field, (_, text, graphql_name) in fields.items()
    }
    namespace["__annotations__"] = {field: type_ | None for field, (type_, _, _) in fields.items()}
    namespace["__doc__"] = description
    return strawberry.input(type(name, (base,), namespace), name=name, description=description)


@cache
def range_of(name: str, type_: Any) -> Any:
    """An input with the bounds of a range of ``type_``, both included."""
    fields = {field: (type_, text, graphql) for field, (graphql, text) in BOUNDS.items()}
    return make_input(
        f"{name}Range", f"Bounds of a {name}, both included; either may be left out.", fields
    )


@cache
def operand(name: str, type_: Any, operators: tuple[str, ...]) -> Any:
    """An input that compares a value of ``type_`` by the operators named."""
    fields = {}
    for field in operators:
        graphql_name, text = OPERATORS[field]
        match field:
            case "in_":
                wanted: Any = list[type_]
            case "range":
                wanted = range_of(name, type_)
            case "is_null":
                wanted = bool
            case _:
                wanted = type_
        fields[field] = (wanted, text, graphql_name)
    text = f"Compares a value of type {name}; all that is given must hold."
    return make_input(f"{name}Filter", text, fields, costs={"contains": SEARCHING})


@cache
def tag_operand(name: str, type_: Any) -> Any:
    """An input that asks for the values of a multi-valued field."""
    fields = {
        "contains": (type_, "Has this value.", None),
        "contains_any": (list[type_], f"Has one of these values, at most {MAX_VALUES}.", None),
    }
    return make_input(f"{name}ListFilter", f"Asks for values of type {name}.", fields, HasValue)


@cache
def bounds(name: str, type_: Any) -> Any:
    """An input that compares a number of a group."""
    fields = {
        "eq": (type_, "Equal to this.", None),
        "not_": (type_, "Not equal to this.", "not"),
        "range": (range_of(name, type_), "Within these bounds.", None),
    }
    return make_input(f"{name}Bounds", f"Compares a number of type {name}.", fields)


def make_order(name: str, field: Any) -> Any:
    """An input type with one term of an order by the values of the enum ``field``."""
    namespace = {
        "__annotations__": {"field": field, "direction": OrderDirection},
        "field": strawberry.field(description="What to order by."),
        "direction": strawberry.field(
            default=OrderDirection.ASC, description="From which end; ascending by default."
        ),
    }
    text = "One term of an order; what has no value comes last in either direction."
    return strawberry.input(type(name, (), namespace), name=name, description=text)


def make_enum(name: str, description: str, members: dict[str, tuple[str, str]]) -> Any:
    """An enum type: value and description by name, which is put in capitals."""
    values = {
        member.upper(): strawberry.enum_value(value, description=text)
        for member, (value, text) in members.items()
    }
    made: Any = Enum(name, values)  # type: ignore[misc]
    return strawberry.enum(made, name=name, description=description)
