"""Filters of lists: a condition for each column, combined with and, or and not."""

from decimal import Decimal
from typing import Any

import strawberry
from tortoise.fields import BooleanField, DateField, DatetimeField

from resolvers.dataloaders.listings import Listing
from resolvers.dataloaders.row_policy import CLOSED
from resolvers.dataloaders.tables import related, table
from resolvers.filters import MAX_DEPTH
from schema.building.columns import describe, value_type
from schema.building.inputs import lazy, make_input, operand, tag_operand
from schema.building.modules import MODULES
from schema.building.wording import in_code, plural

EQUALITY = ("eq", "in_", "ne", "is_null")
RANGED = (*EQUALITY, "range")
REQUIRES = " Requires people:read and a purpose."


def filter_type(listing: Listing, node: Any) -> Any:
    """Return the input type that filters the records of a listing."""
    name = f"{listing.name}Filter"
    itself: Any = lazy(name, MODULES[listing.name])
    fields: dict[str, tuple[Any, str, str | None]] = {}
    for field in listing.filters:
        requires = REQUIRES if (listing.model, field) in CLOSED else ""
        fields[field] = (_operand(listing, field), describe(node, field) + requires, None)
        if related(listing.model, field) and listing.model._meta.fields_map[field].null:
            fields[f"has_{field}"] = (bool, f"Whether {in_code(field)} is set.", None)
    fields["and_"] = (list[itself], "All of these conditions hold.", "and")
    fields["or_"] = (list[itself], "At least one of these conditions holds.", "or")
    fields["not_"] = (itself, "This condition does not hold.", "not")
    text = (
        f"Conditions on {plural(listing.name)}, all of which must hold; nested at most "
        f"{MAX_DEPTH} levels deep."
    )
    return make_input(name, text, fields)


def _operand(listing: Listing, field: str) -> Any:
    if link := listing.tags.get(field):
        type_ = value_type(link.model, link.value)
        return tag_operand(type_)
    if target := related(listing.model, field):
        return lazy(f"{target.__name__}Filter", MODULES[target.__name__])
    if field == "id":
        return operand(strawberry.ID, ("eq", "in_", "ne"))
    name = listing.column(field)
    column = table(listing.model).field(name)
    type_ = value_type(listing.model, name)
    operators: tuple[str, ...] = RANGED
    if isinstance(column, BooleanField):
        operators = ("eq", "is_null")
    elif type_ is str:
        operators = (*EQUALITY, "contains")
    elif not isinstance(column, DateField | DatetimeField) and type_ not in (int, Decimal):
        operators = EQUALITY
    return operand(type_, operators)
