"""What a model's column is in GraphQL: its type, and the description that the field has."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tortoise.fields import BooleanField, DateField, DatetimeField, Field, IntField
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from erikti.database.fields import FixedPoint
from schema.building.scalars import CountryCode, RegionCode

# How the descriptions of personal fields end, and of those that tell whose a record is.
WITHHELD = "Personal: null where it is withheld."
NAMED = (
    "Given of people in a public role, and of others to callers with people:read and a purpose; "
    "null where it is withheld."
)
CODES: dict[str, Any] = {"Region": RegionCode, "Country": CountryCode}


def describe(node: Any, name: str) -> str:
    """The description of a field of a GraphQL type, found by its Python name."""
    for field in node.__strawberry_definition__.fields:
        if field.python_name == name and field.description:
            return str(field.description).removesuffix(WITHHELD).removesuffix(NAMED).rstrip()
    return f"{name.replace('_', ' ').capitalize()}."


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


def type_name(type_: Any) -> str:
    """The GraphQL name of a Python type."""
    names = {str: "String", int: "Int", bool: "Boolean", date: "Date", datetime: "DateTime"}
    return names.get(type_) or str(type_.__name__)
