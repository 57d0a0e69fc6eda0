"""The GraphQL types and descriptions of a model's columns."""

import re
from datetime import date, datetime
from decimal import Decimal

from strawberry.types import get_object_definition
from tortoise.fields import BooleanField, DateField, DatetimeField, Field, IntField
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from erikti.database.fields import FixedPoint
from schema.building.scalars import CountryCode, CurrencyCode, RegionCode

# The last sentences of the descriptions of personal fields and of fields that identify a person.
WITHHELD = "Personal: null if withheld or not recorded."
NAMED = (
    "Visible for people in a public role; for others it requires people:read and a purpose, and "
    "is null if withheld."
)
NULL_CLAUSE = re.compile(r"; null [^.]*(?=\.$)")
# Descriptions of columns that are no field of their type: parts of one, and link tables.
DERIVED = {
    "starts_on": "The first day.",
    "ends_on": "The last day.",
    "nominee_person": "The nominated person.",
    "nominee_organisation": "The nominated organisation.",
    "recipient_organisation": "The organisation that received the grant.",
    "recipient_person": "The person who received the grant.",
    "amount": "The amount, with two decimals.",
    "currency": "The currency of the amount (ISO 4217).",
    "organisation": "Conditions on the organisation, if it is one.",
    "person": "Conditions on the person, if it is one.",
    "participation_years": "A year in which the volunteer took part in a project (its first day); "
    "a volunteer counts in each of them.",
}
CODES: dict[tuple[str, str], type] = {
    ("Region", "code"): RegionCode,
    ("Country", "code"): CountryCode,
    ("Grant", "currency"): CurrencyCode,
}


def describe(node: type, *names: str) -> str:
    """Return the description of a field of a GraphQL type by the first Python name that it has.

    Omits what it says about null, which does not apply in filters, orders and groups.
    """
    texts = {
        field.python_name: field.description
        for field in get_object_definition(node, strict=True).fields
    }
    found = next(filter(None, map(texts.get, names)), None)
    if found is None:
        return DERIVED.get(names[0]) or f"The {names[0].replace('_', ' ')}."
    return NULL_CLAUSE.sub("", found.removesuffix(WITHHELD).removesuffix(NAMED).rstrip())


def value_type(model: type[Model], name: str) -> type:
    """Return the Python type of a column's values, one that GraphQL knows."""
    field: Field[object] = model._meta.fields_map[name]
    if isinstance(field, CharEnumFieldInstance):
        return field.enum_type
    if (model.__name__, name) in CODES:
        return CODES[model.__name__, name]
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


def type_name(type_: type) -> str:
    """Return the GraphQL name of a Python type."""
    names = {str: "String", int: "Int", bool: "Boolean", date: "Date", datetime: "DateTime"}
    described = getattr(type_, "__strawberry_definition__", None)
    return names.get(type_) or str(described.name if described else type_.__name__)
