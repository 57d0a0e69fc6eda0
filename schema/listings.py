"""The types that every list of records brings: filter, order, connection and groups."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import strawberry
from tortoise.fields import BooleanField, DateField, DatetimeField, Field, IntField
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from models.fields import FixedPoint
from resolvers.connections import MAX_GROUPS, MAX_TERMS, Connection
from resolvers.context import Info
from resolvers.dataloaders.groups import FUNCTIONS
from resolvers.dataloaders.listings import Dimension, Group, Listing
from resolvers.dataloaders.tables import related, table
from resolvers.filters import MAX_DEPTH
from resolvers.nodes import NODES
from schema.connections import PageInfo
from schema.inputs import OrderDirection, argument, bounds, lazy, make_input, operand, tag_operand
from schema.scalars import CountryCode, RegionCode

EQUALITY = ("eq", "in_", "not_")
RANGED = (*EQUALITY, "range")
BY = f"What to group by: one to {MAX_TERMS} dimensions."
HAVING = "Which groups to take; all of them by default."
GROUP_ORDER = "In which order; the largest groups first by default."
GROUPS_FIRST = f"How many groups: 1 to {MAX_GROUPS}, else {MAX_GROUPS}."
CODES: dict[str, Any] = {"Region": RegionCode, "Country": CountryCode}


@strawberry.type(description="What a measure comes to within a group.")
class Measures:
    """Sum, average and extremes of a number; absent where no record has one."""

    sum: Decimal | None = strawberry.field(description="All values added up.")
    avg: Decimal | None = strawberry.field(description="The arithmetic mean of the values.")
    min: Decimal | None = strawberry.field(description="The smallest value.")
    max: Decimal | None = strawberry.field(description="The largest value.")


class ListingTypes(NamedTuple):
    """The GraphQL types of one listing."""

    filter: Any
    order: Any
    connection: Any


def listing_types(listing: Listing, node: Any, modules: dict[str, str]) -> ListingTypes:
    """Make the types of a listing; ``modules`` tells where the filters of related types are."""
    return ListingTypes(
        filter=_filter(listing, node, modules),
        order=_order(listing, node),
        connection=_connection(listing, node, modules) if listing.orders else None,
    )


def describe(node: Any, name: str) -> str:
    """The description of a field of a GraphQL type, found by its Python name."""
    for field in node.__strawberry_definition__.fields:
        if field.python_name == name and field.description:
            return str(field.description)
    return f"{name.replace('_', ' ').capitalize()}."


def _filter(listing: Listing, node: Any, modules: dict[str, str]) -> Any:
    name = f"{listing.name}Filter"
    itself: Any = lazy(name, modules[listing.name])
    fields: dict[str, tuple[Any, str, str | None]] = {}
    for field in listing.filters:
        fields[field] = (_operand(listing, field, modules), describe(node, field), None)
        if related(listing.model, field) and listing.model._meta.fields_map[field].null:
            fields[f"has_{field}"] = (bool, f"Whether there is one: {describe(node, field)}", None)
    fields["and_"] = (list[itself], "All of these hold.", "and")
    fields["or_"] = (list[itself], "At least one of these holds.", "or")
    fields["not_"] = (itself, "This does not hold.", "not")
    text = (
        f"Which {listing.name} records to take: all that is given must hold; "
        f"at most {MAX_DEPTH} levels deep."
    )
    return make_input(name, text, fields)


def _operand(listing: Listing, field: str, modules: dict[str, str]) -> Any:
    if link := listing.tags.get(field):
        type_ = value_type(link.model, link.value)
        return tag_operand(_type_name(type_), type_)
    if target := related(listing.model, field):
        return lazy(f"{target.__name__}Filter", modules[target.__name__])
    if field == "id":
        return operand("ID", strawberry.ID, EQUALITY)
    column = table(listing.model).field(field)
    type_ = value_type(listing.model, field)
    operators: tuple[str, ...] = RANGED
    if isinstance(column, BooleanField):
        operators = ("eq",)
    elif type_ is str:
        operators = (*EQUALITY, "contains")
    elif not isinstance(column, DateField | DatetimeField) and type_ not in (int, Decimal):
        operators = EQUALITY
    if column.null:
        return operand(f"Optional{_type_name(type_)}", type_, (*operators, "is_null"))
    return operand(_type_name(type_), type_, operators)


def value_type(model: type[Model], name: str) -> Any:
    """The Python type, known to GraphQL, of a column's values."""
    field: Field[Any] = model._meta.fields_map[name]
    if isinstance(field, CharEnumFieldInstance):
        return field.enum_type
    if name == "code" and model.__name__ in CODES:
        return CODES[model.__name__]
    for kind, type_ in (
        (DatetimeField, datetime),
        (DateField, date),
        (BooleanField, bool),
        (FixedPoint, Decimal),
        (IntField, int),
    ):
        if isinstance(field, kind):
            return type_
    return str


def _type_name(type_: Any) -> str:
    names = {str: "String", int: "Int", bool: "Boolean", date: "Date", datetime: "DateTime"}
    return names.get(type_) or str(type_.__name__)


def _order(listing: Listing, node: Any) -> Any:
    if not listing.orders:
        return None
    field = _enum(
        f"{listing.name}OrderField",
        f"What {listing.name} records can be ordered by.",
        {name: (name, describe(node, name)) for name in listing.orders},
    )
    return _order_input(f"{listing.name}Order", field)


def _order_input(name: str, field: Any) -> Any:
    namespace = {
        "__annotations__": {"field": field, "direction": OrderDirection},
        "field": strawberry.field(description="What to order by."),
        "direction": strawberry.field(
            default=OrderDirection.ASC, description="From which end; ascending by default."
        ),
    }
    text = "One term of an order; what has no value comes last in either direction."
    return strawberry.input(type(name, (), namespace), name=name, description=text)


def _enum(name: str, description: str, members: dict[str, tuple[str, str]]) -> Any:
    values = {
        member.upper(): strawberry.enum_value(value, description=text)
        for member, (value, text) in members.items()
    }
    made: Any = Enum(name, values)  # type: ignore[misc]
    return strawberry.enum(made, name=name, description=description)


def _connection(listing: Listing, node: Any, modules: dict[str, str]) -> Any:
    name = listing.name
    edge = strawberry.federation.type(
        type(
            f"{name}Edge",
            (),
            {
                "__annotations__": {"node": node, "cursor": str},
                "node": strawberry.field(description="The record."),
                "cursor": strawberry.field(description="Its position in the list."),
            },
        ),
        description=f"A {name} in a list.",
    )
    fields = {
        "edges": _part(Connection.edges, list[edge], "The records with their cursors."),  # type: ignore[valid-type]
        "nodes": _part(Connection.nodes, list[node], "The records."),
        "page_info": _part(Connection.page_info, PageInfo, "Where the page lies in the list."),
        "total_count": _part(
            Connection.total_count, int, "How many records the filter lets through, on all pages."
        ),
    }
    if listing.groups:
        fields["groups"] = _groups(listing, node, modules)
    return strawberry.type(
        type(f"{name}Connection", (), fields), description=f"A page of {name} records."
    )


def _part(method: Callable[[Connection], Any], type_: Any, description: str) -> Any:
    async def resolve(root: strawberry.Parent[Any]) -> Any:
        return await method(root)

    return strawberry.field(resolver=resolve, graphql_type=type_, description=description)


def _groups(listing: Listing, node: Any, modules: dict[str, str]) -> Any:
    name = listing.name
    dimensions = {
        dimension.name: (dimension.name, _dimension_text(node, dimension))
        for dimension in listing.dimensions.values()
    }
    numbers = {"count": ("count:", "The number of records.")}
    for measure in listing.measures:
        for function in FUNCTIONS:
            text = f"The {function} of: {describe(node, measure)}"
            numbers[f"{measure}_{function}"] = (f"{function}:{measure}", text)
    by_enum: Any = _enum(f"{name}Dimension", f"What to group {name} records by.", dimensions)
    term = _enum(f"{name}GroupOrderField", "What to order groups by.", {**dimensions, **numbers})
    order_type: Any = _order_input(f"{name}GroupOrder", term)
    having_type: Any = _having(listing, node)

    async def resolve(
        root: strawberry.Parent[Any],
        by: Any,
        having: Any = None,
        order_by: Any = None,
        first: int | None = None,
    ) -> Any:
        return await root.groups(by, having, order_by, first)

    field = strawberry.field(
        resolver=resolve,
        graphql_type=list[_group(listing, node, modules)],  # type: ignore[misc]
        description="The records in groups by one or more dimensions.",
    )
    field.arguments = [
        argument("by", list[by_enum], BY, required=True),
        argument("having", having_type, HAVING),
        argument("order_by", list[order_type], GROUP_ORDER),
        argument("first", int, GROUPS_FIRST),
    ]
    return field


def _having(listing: Listing, node: Any) -> Any:
    fields: dict[str, tuple[Any, str, str | None]] = {
        "count": (bounds("Int", int), "The number of records.", None)
    }
    decimals = bounds("Decimal", Decimal)
    functions = {f: (decimals, f"The {f} of the values.", None) for f in FUNCTIONS}
    for measure in listing.measures:
        measures = make_input(
            f"{listing.name}{measure.title().replace('_', '')}Having",
            f"Bounds for the groups' {measure.replace('_', ' ')}.",
            functions,
        )
        fields[measure] = (measures, describe(node, measure), None)
    return make_input(f"{listing.name}Having", "Which groups to take, by their numbers.", fields)


def _group(listing: Listing, node: Any, modules: dict[str, str]) -> Any:
    fields: dict[str, Any] = {
        dimension.name: strawberry.field(
            resolver=_key(listing, dimension),
            graphql_type=_key_type(listing, dimension, modules) | None,
            description=f"{_dimension_text(node, dimension)} Null where not grouped by it.",
        )
        for dimension in listing.dimensions.values()
    }
    fields["count"] = strawberry.field(description="The number of records.")
    for measure in listing.measures:
        fields[measure] = strawberry.field(
            resolver=_measure(measure), graphql_type=Measures, description=describe(node, measure)
        )
    fields["__annotations__"] = {"count": int}
    return strawberry.type(
        type(f"{listing.name}Group", (), fields),
        description=f"{listing.name} records that have the keys in common.",
    )


def _dimension_text(node: Any, dimension: Dimension) -> str:
    text = describe(node, dimension.field)
    if dimension.truncation is None:
        return text
    return f"First day of the {dimension.truncation} of: {text}"


def _target(listing: Listing, dimension: Dimension) -> type[Model] | None:
    """The type of record that a key leads to."""
    if link := listing.tags.get(dimension.field):
        return related(link.model, link.value.removesuffix("_id"))
    return related(listing.model, dimension.field)


def _key_type(listing: Listing, dimension: Dimension, modules: dict[str, str]) -> Any:
    if target := _target(listing, dimension):
        return lazy(target.__name__, modules[target.__name__])
    if dimension.truncation is not None:
        return date
    if link := listing.tags.get(dimension.field):
        return value_type(link.model, link.value)
    return value_type(listing.model, dimension.field)


def _key(listing: Listing, dimension: Dimension) -> Any:
    """A resolver of one key of a group: the value, or the record behind it."""
    target = _target(listing, dimension)

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        value = root.keys.get(dimension.name)
        if target is None or value is None:
            return value
        return await NODES[target.__name__].load(info.context.loaders).load(value)

    return resolve


def _measure(name: str) -> Callable[..., Measures]:
    def resolve(root: strawberry.Parent[Group]) -> Measures:
        return Measures(**root.measures[name])

    return resolve
