"""Filters of lists: a condition for each column, combined with and, or and not."""

from decimal import Decimal
from functools import cache

import strawberry
from tortoise.fields import BooleanField, DateField, DatetimeField
from tortoise.models import Model

from resolvers.dataloaders.listings import LISTINGS, Listing
from resolvers.dataloaders.row_policy import CLOSED
from resolvers.dataloaders.tables import is_sourced, related, table
from resolvers.filters import MAX_DEPTH
from schema.building.annotations import Type, of_records, several
from schema.building.columns import DERIVED, describe, value_type
from schema.building.inputs import (
    PREFIX,
    InputField,
    make_input,
    operand,
    tag_operand,
    text_operand,
)
from schema.building.sources import RecordSourceInput, source_text
from schema.building.wording import article, plural, singular

EQUALITY = ("eq", "in_", "ne", "is_null")
RANGED = (*EQUALITY, "range")
REQUIRES = " Requires people:read and a purpose."
PRESENCE = "; only in the filter of a relation."


def filter_type(listing: Listing, node: type) -> type:
    """Return the input type that filters the records of a listing."""
    name = f"{listing.name}Filter"
    itself = of_records(listing.model, "Filter")
    fields: dict[str, InputField] = {}
    for field in listing.filters:
        requires = REQUIRES if (listing.model, field) in CLOSED else ""
        fields[field] = (_operand(listing, field), describe(node, field) + requires, None)
    if listing.model in _optional():
        fields["is_null"] = (bool, f"Whether there is no {singular(listing.name)}{PRESENCE}", None)
    if is_sourced(listing.model):
        fields["source"] = (RecordSourceInput, source_text(listing.model), None)
    fields["and_"] = (several(itself), "All of these conditions hold.", "and")
    fields["or_"] = (several(itself), "At least one of these conditions holds.", "or")
    fields["not_"] = (itself, "This condition does not hold.", "not")
    text = (
        f"Conditions on {plural(listing.name)}, all of which must hold; nested at most "
        f"{MAX_DEPTH} levels deep."
    )
    return make_input(name, text, fields)


@cache
def _optional() -> frozenset[type[Model]]:
    """Return the models that a relation with a filter refers to, or not."""
    return frozenset(
        target
        for listing in LISTINGS.values()
        for column in listing.compared
        if (target := related(listing.model, column))
        and listing.model._meta.fields_map[column].null
    )


def _operand(listing: Listing, field: str) -> Type:
    if link := listing.tags.get(field):
        return tag_operand(value_type(link.model, link.value))
    if listing.is_text(field):
        return text_operand()
    if members := listing.members.get(field):
        return _members(members.type_name)
    return _compared(listing, listing.column(field))


@cache
def _members(type_name: str) -> type:
    """Return the input type that filters fields of a type with members, in whatever record."""
    fields: dict[str, InputField] = {}
    for listing in LISTINGS.values():
        for field in listing.members.values():
            for member, column in field.columns.items() if field.type_name == type_name else ():
                text = fields[member][1] if member in fields else DERIVED[member]
                if (listing.model, column) in CLOSED:
                    text += f" For {plural(listing.name)} it requires people:read and a purpose."
                fields[member] = (_compared(listing, column), text, None)
    text = f"Conditions on {article(f'`{type_name}`')}, all of which must hold."
    return make_input(f"{PREFIX}{type_name}Filter", text, fields)


def _compared(listing: Listing, name: str) -> Type:
    if target := related(listing.model, name):
        return of_records(target, "Filter")
    if name == "id":
        return operand(strawberry.ID, ("eq", "in_", "ne"))
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
