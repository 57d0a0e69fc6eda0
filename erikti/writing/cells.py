"""Cells of imported rows: their types, and the columns of files that are a model's fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Generic

from tortoise.fields import BooleanField, DateField, DatetimeField, Field, IntField
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from erikti.database.fields import FixedPoint, Text
from erikti.writing import emails, names, numbers, phones, times, values
from erikti.writing.texts import Parser, identifier, text
from models.columns import FieldOf, M
from models.people import Person

LANGUAGES = ("kk", "ru", "en")
ModelClass = type[Model]


@dataclass(frozen=True)
class Type:
    """The type of a cell; ``few`` marks types whose values repeat often.

    ``several`` marks cells with lists. ``table`` is a reference table whose codes and names a
    cell may have; ``zoned`` marks points in time, which are read with the import's time zone;
    ``options`` has the allowed codes of other types.
    """

    label: str
    parse: Parser[object] | None = None
    few: bool = True
    several: bool = False
    table: str | None = None
    zoned: bool = False
    options: type[Enum] | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """Return the allowed codes, if they are listed."""
        return () if self.options is None else tuple(option.value for option in self.options)


@dataclass(frozen=True)
class Column:
    """One column of a file; one that is ``expected`` may have blank cells, but not be missing.

    ``stored`` is the column of the kind's table that it fills, if any; ``model`` has the field of
    the same name.
    """

    name: str
    type: Type
    required: bool = False
    stored: str | None = None
    model: ModelClass | None = None
    default: object = None
    expected: bool = False

    def model_field(self) -> Field[object] | None:
        """Return the model's field of the same name, which converts values for the database."""
        return None if self.model is None else self.model._meta.fields_map[self.name]


@dataclass(frozen=True)
class Cell(Generic[M]):
    """A field whose cells have another type, or a default that the database lacks."""

    name: FieldOf[M]
    type: Type | None = None
    default: object = None


IDENTIFIER = Type("identifier, at most 64 characters", identifier(64), few=False)
SYSTEM = Type("identifier, at most 32 characters", identifier(32))
NAME = Type("name, at most 100 characters", names.name(100), few=False)
YEAR = Type("year", numbers.integer(1900, 2200))
GOALS = Type("list of numbers 1 to 17", values.many(numbers.integer(1, 17)), several=True)
IDENTIFIERS = Type("list of identifiers", values.many(identifier(64)), several=True)
# Models whose records files name by code, in one cell or in a list.
CODES = {
    "erikti.Region": Type("region", table="regions"),
    "erikti.Country": Type("country", table="countries"),
}
LISTS = {"erikti.SustainableDevelopmentGoal": GOALS}
SIMPLE: dict[type, Type] = {
    DatetimeField: Type("time", zoned=True),
    DateField: Type("date", times.day),
    BooleanField: Type("yes or no", values.boolean),
    IntField: Type("whole number", numbers.integer(0, 2**31 - 1)),
}
SPECIAL = {
    "family_name": NAME,
    "given_name": NAME,
    "patronymic": NAME,
    "latin_name": Type("name, at most 200 characters", names.name(200), few=False),
    "iin": Type("IIN", values.iin, few=False),
    "bin": Type("BIN", values.bin_, few=False),
    "email": Type("e-mail address", emails.email, few=False),
    "phone": Type("telephone number", phones.phone, few=False),
    "currency": Type("currency (ISO 4217)", values.currency),
    "year": YEAR,
    "call_year": YEAR,
    "edition": YEAR,
}
SOURCE_COLUMNS = (
    Column("source_system", SYSTEM, required=True, stored="source_system"),
    Column("source_id", IDENTIFIER, required=True, stored="source_id"),
)


def is_text(model: type[Model], name: str) -> bool:
    """Return whether a model has a text of this name in three languages."""
    return f"{name}_{LANGUAGES[0]}" in model._meta.fields_map


def columns_of(model: type[M], cell: Cell[M]) -> Iterator[Column]:
    """Yield the column of a field, or three of a text in three languages."""
    if is_text(model, cell.name):
        for language in LANGUAGES:
            yield _column(model, Cell(f"{cell.name}_{language}", cell.type, cell.default))
    else:
        yield _column(model, cell)


def _column(model: type[M], cell: Cell[M]) -> Column:
    name, found = cell.name, model._meta.fields_map[cell.name]
    relation = isinstance(found, ForeignKeyFieldInstance)
    default = found.default if cell.default is None else cell.default
    return Column(
        name,
        cell.type or SPECIAL.get(name) or type_of(found),
        required=not (found.null or default is not None or name.endswith(LANGUAGES)),
        stored=f"{name}_id" if relation else name,
        model=model,
        default=default,
    )


def person_columns(required: bool = True) -> tuple[Column, ...]:
    """Return the columns that describe a person."""
    cells: tuple[FieldOf[Person], ...] = (
        *("family_name", "given_name", "patronymic", "latin_name", "birth_date", "sex"),
        *("citizenship", "iin", "email", "phone", "preferred_language"),
    )
    columns = [Column("person_id", IDENTIFIER)]
    for name in cells:
        must = required and name == "family_name"
        expected = required and name == "given_name"  # blank for people with one name
        type_ = _column(Person, Cell(name)).type
        columns.append(Column(name, type_, required=must, model=Person, expected=expected))
    return tuple(columns)


def type_of(found: Field[object]) -> Type:
    """Return the type of cells for a model's field."""
    if isinstance(found, ForeignKeyFieldInstance):
        return CODES[str(found.model_name)]
    if isinstance(found, CharEnumFieldInstance):
        return choice(found.enum_type)
    if isinstance(found, Text):
        length = int(found.max_length)
        return Type(f"text, at most {length} characters", text(length), few=False)
    if isinstance(found, FixedPoint):
        return Type(f"number, {found.places} decimal places", numbers.decimal(found.places))
    return next(read for kind_of, read in SIMPLE.items() if isinstance(found, kind_of))


def choice(options: type[Enum]) -> Type:
    """Return the type of one value of an enum."""
    return Type("one of", values.choice(options), options=options)


def choices(options: type[Enum]) -> Type:
    """Return the type of several values of an enum."""
    parse = values.many(values.choice(options))
    return Type("list of", parse, several=True, options=options)


def bounded(low: int, high: int) -> Type:
    """Return the type of an integer between two bounds."""
    return Type(f"whole number, {low} to {high}", numbers.integer(low, high))


def amount(places: int, low: str, high: str) -> Type:
    """Return the type of a decimal number between two bounds."""
    parse = numbers.decimal(places, Decimal(low), Decimal(high))
    return Type(f"number from {low} to {high}, {places} decimal places", parse)


def money(places: int, low: str, high: str) -> Type:
    """Return the type of an amount between two bounds, which may name its currency."""
    parse = numbers.money(places, Decimal(low), Decimal(high))
    return Type(f"number from {low} to {high}, {places} decimal places", parse)
