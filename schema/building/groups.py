"""The groups of a list: dimensions to group by, bounds, order, and the group itself."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from tortoise.models import Model

from resolvers.connections import MAX_GROUPS, MAX_TERMS, groups
from resolvers.context import Info
from resolvers.dataloaders.groups import FUNCTIONS
from resolvers.dataloaders.listings import Dimension, Group, Listing
from resolvers.dataloaders.tables import related
from resolvers.global_ids import NODES
from resolvers.relations import BatchResolver
from schema.building.columns import describe, value_type
from schema.building.costs import GROUPING, GROUPS
from schema.building.fields import answered
from schema.building.inputs import argument, bounds, lazy, make_enum, make_input, make_order
from schema.building.modules import MODULES
from schema.building.permissions import PUBLIC, rule_of

BY = f"What to group by: one to {MAX_TERMS} dimensions."
HAVING = "Which groups to take; all of them by default."
ORDER = "In which order; the largest groups first by default."
FIRST = f"How many groups: 1 to {MAX_GROUPS}, else {MAX_GROUPS}."


@strawberry.type(description="What a measure comes to within a group.", directives=[PUBLIC])
class Measures:
    """Sum, average and extremes of a number; absent where no record has one."""

    sum: Decimal | None = strawberry.field(default=None, description="All values added up.")
    avg: Decimal | None = strawberry.field(
        default=None, description="The arithmetic mean of the values."
    )
    min: Decimal | None = strawberry.field(default=None, description="The smallest value.")
    max: Decimal | None = strawberry.field(default=None, description="The largest value.")


def groups_field(listing: Listing, node: Any, rules: Collection[object] = ()) -> Any:
    """The field of a connection that groups its records; ``rules`` say who may ask it."""
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
    by_enum: Any = make_enum(f"{name}Dimension", f"What to group {name} records by.", dimensions)
    term = make_enum(
        f"{name}GroupOrderField", "What to order groups by.", {**dimensions, **numbers}
    )
    order_type: Any = make_order(f"{name}GroupOrder", term)
    having_type: Any = _having(listing, node)

    many: Any = list[_group(listing, node)]  # type: ignore[misc]
    text = "The records in groups by one or more dimensions."
    field = answered(groups, many, text, directives=[GROUPS, *rules])
    field.arguments = [
        argument("by", list[by_enum], BY, required=True, costs=[GROUPING]),
        argument("having", having_type, HAVING),
        argument("order_by", list[order_type], ORDER),
        argument("first", int, FIRST),
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


def _group(listing: Listing, node: Any) -> Any:
    fields: dict[str, Any] = {
        dimension.name: answered(
            _key(listing, dimension),
            _key_type(listing, dimension) | None,
            f"{_dimension_text(node, dimension)} Null where not grouped by it.",
        )
        for dimension in listing.dimensions.values()
    }
    fields["count"] = strawberry.field(description="The number of records.")
    for measure in listing.measures:
        fields[measure] = answered(_measure(measure), Measures, describe(node, measure))
    fields["__annotations__"] = {"count": int}
    return strawberry.type(
        type(f"{listing.name}Group", (), fields),
        description=f"{listing.name} records that have the keys in common.",
        directives=[rule_of(node)],
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


def _key_type(listing: Listing, dimension: Dimension) -> Any:
    if target := _target(listing, dimension):
        return lazy(target.__name__, MODULES[target.__name__])
    if dimension.truncation is not None:
        return date
    if link := listing.tags.get(dimension.field):
        return value_type(link.model, link.value)
    return value_type(listing.model, dimension.field)


def _key(listing: Listing, dimension: Dimension) -> BatchResolver:
    """A resolver of one key of groups: the values, or the records behind them."""
    target = _target(listing, dimension)

    def resolve(parents: list[Group], info: Info) -> Any:
        keys = [parent.keys.get(dimension.name) for parent in parents]
        if target is None:
            return keys
        return NODES[target.__name__].load(info.context.loaders).load_many(keys)

    return resolve


def _measure(name: str) -> BatchResolver:
    def resolve(parents: list[Group], info: Info) -> list[Measures]:
        # A measure of which no number was asked for was not computed.
        return [Measures(**parent.measures.get(name, {})) for parent in parents]

    return resolve
