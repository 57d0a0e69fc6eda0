"""Kinds of records for imports: their columns, references, links and rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from tortoise.fields import (
    BooleanField,
    DateField,
    DatetimeField,
    Field,
    IntField,
)
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from erikti.database.fields import FixedPoint, Text
from erikti.writing import values
from erikti.writing.values import Parser
from models.people import Person

LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True)
class Type:
    """The type of a cell; ``few`` marks types whose values repeat often.

    ``several`` marks cells with lists. ``table`` is a reference table whose codes and names a
    cell may have; ``values`` are the allowed codes of other types.
    """

    label: str
    parse: Parser | None = None
    few: bool = True
    several: bool = False
    table: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of a file.

    ``stored`` is the column of the kind's table that it fills, if any; ``field`` is the model's
    field that converts its values for the database.
    """

    name: str
    type: Type
    required: bool = False
    stored: str | None = None
    field: Any = None
    default: Any = None


@dataclass(frozen=True)
class Lookup:
    """A lookup of IDs by a key: the columns of a table or join that have the key.

    ``source_system`` as the first column stands for the row's source system; ``hashed`` keys
    are stored as keyed hashes.
    """

    table: str
    keys: tuple[str, ...]
    id: str = "id"
    of_system: bool = False
    hashed: bool = False


@dataclass(frozen=True)
class Reference:
    """Cells that refer to a record of another table; the lookups are tried in order."""

    columns: tuple[str, ...]
    stored: str
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True)
class Link:
    """A column with several values, which are stored in a link table."""

    column: str
    table: str
    owner: str
    value: str
    lookup: Lookup | None = None


@dataclass(frozen=True)
class Rule:
    """A rule between the cells of a row."""

    columns: tuple[str, ...]
    holds: Callable[..., bool]
    code: str
    reason: str


@dataclass(frozen=True)
class Kind:
    """A kind of record that a file can contain.

    ``person`` is whether its rows describe a person, to whom ``person_field`` refers; ``prefix``
    derives the person's identifier from the row's own if the file has none. ``constants`` are
    stored with every row, ``initial`` only with a new one. ``lasting`` are columns that a blank
    cell does not clear. ``region_office`` fills in the region's front office, ``hours`` updates
    the totals of hours.
    """

    name: str
    meaning: str
    model: type[Model]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    links: tuple[Link, ...] = ()
    rules: tuple[Rule, ...] = ()
    person: bool = False
    person_field: str | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    prefix: str = ""
    lasting: frozenset[str] = frozenset()
    region_office: bool = False
    hours: bool = False

    @property
    def written(self) -> frozenset[str]:
        """Return the names of the models that an import may change."""
        more = {"Person"} if self.person else set()
        return frozenset({self.model.__name__} | more | ({"Volunteer"} if self.hours else set()))


IDENTIFIER = Type("text, at most 64 characters", values.text(64), few=False)
SYSTEM = Type("text, at most 32 characters", values.text(32))
YEAR = Type("year", values.integer(1900, 2200))
REGION = Type("region", table="regions")
COUNTRY = Type("country", table="countries")
GOALS = Type("list of numbers 1 to 17", values.many(values.integer(1, 17)), several=True)
IDENTIFIERS = Type("list of identifiers", values.many(values.text(64)), several=True)
CODES = {"erikti.Region": REGION, "erikti.Country": COUNTRY}
SIMPLE: dict[type[Field[Any]], Type] = {
    DatetimeField: Type("time", values.instant),
    DateField: Type("date", values.day),
    BooleanField: Type("yes or no", values.boolean),
    IntField: Type("whole number", values.integer(0, 2**31 - 1)),
}
SPECIAL = {
    "iin": Type("IIN", values.iin, few=False),
    "bin": Type("BIN", values.bin_, few=False),
    "email": Type("e-mail address", values.email, few=False),
    "phone": Type("telephone number", values.phone, few=False),
    "currency": Type("currency (ISO 4217)", values.currency),
    "year": YEAR,
    "call_year": YEAR,
    "edition": YEAR,
}
SOURCE_COLUMNS = (
    Column("source_system", SYSTEM, required=True, stored="source_system"),
    Column("source_id", IDENTIFIER, required=True, stored="source_id"),
)


def plain(model: type[Model], *names: str, **types: Type) -> tuple[Column, ...]:
    """Return columns for the model's fields of the same names; ``name_*`` stands for three."""
    spelled: list[str] = []
    for name in names:
        stem, star, _ = name.partition("*")
        spelled += [stem + language for language in LANGUAGES] if star else [name]
    return tuple(_plain(model, name, types.get(name)) for name in spelled)


def person_columns(required: bool = True) -> tuple[Column, ...]:
    """Return the columns that describe a person."""
    names = ("family_name", "given_name", "patronymic", "latin_name", "birth_date", "sex")
    more = ("citizenship", "iin", "email", "phone", "preferred_language")
    columns = [Column("person_id", IDENTIFIER)]
    for column in plain(Person, *names, *more):
        must = required and column.name in ("family_name", "given_name")
        columns.append(Column(column.name, column.type, required=must, field=column.field))
    return tuple(columns)


def any_language(stem: str) -> Rule:
    """Return the rule that a name or title is given in at least one language."""
    return Rule(
        tuple(f"{stem}_{language}" for language in LANGUAGES),
        lambda *names: any(names),
        "REQUIRED",
        f"one of {stem}_kk, {stem}_ru, {stem}_en is required",
    )


def ordered(first: str, second: str, strictly: bool = False) -> Rule:
    """Return the rule that two points in time are in order, if both are given."""
    if strictly:
        reason = f"{second} must come after {first}"
        return Rule((first, second), lambda a, b: not (a and b) or b > a, "INVALID_PERIOD", reason)
    reason = f"{second} must not come before {first}"
    return Rule((first, second), lambda a, b: not (a and b) or b >= a, "INVALID_PERIOD", reason)


def exactly_one(first: str, second: str) -> Rule:
    """Return the rule that exactly one of two cells is filled."""
    reason = f"exactly one of {first} and {second} is required"
    return Rule((first, second), lambda a, b: (a is None) != (b is None), "REQUIRED", reason)


def _plain(model: type[Model], name: str, type_: Type | None) -> Column:
    found = model._meta.fields_map[name]
    relation = isinstance(found, ForeignKeyFieldInstance)
    optional = found.null or found.default is not None or name.endswith(LANGUAGES)
    return Column(
        name,
        type_ or SPECIAL.get(name) or type_of(found),
        required=not optional,
        stored=f"{name}_id" if relation else name,
        field=found,
        default=found.default,
    )


def type_of(found: Field[Any]) -> Type:
    """Return the type of cells for a model's field."""
    if isinstance(found, ForeignKeyFieldInstance):
        return CODES[str(found.model_name)]
    if isinstance(found, CharEnumFieldInstance):
        return choice(found.enum_type)
    if isinstance(found, Text):
        length = int(found.max_length)
        return Type(f"text, at most {length} characters", values.text(length), few=False)
    if isinstance(found, FixedPoint):
        return Type(f"number, {found.places} decimal places", values.decimal(found.places))
    return next(read for kind_of, read in SIMPLE.items() if isinstance(found, kind_of))


def choice(options: type[Enum]) -> Type:
    """Return the type of one value of an enum."""
    return Type("one of", values.choice(options), values=_codes(options))


def choices(options: type[Enum]) -> Type:
    """Return the type of several values of an enum."""
    parse = values.many(values.choice(options))
    return Type("list of", parse, several=True, values=_codes(options))


def _codes(options: type[Enum]) -> tuple[str, ...]:
    return tuple(option.value for option in options)


def bounded(low: int, high: int) -> Type:
    """Return the type of an integer between two bounds."""
    return Type(f"whole number, {low} to {high}", values.integer(low, high))


def amount(places: int, low: str, high: str) -> Type:
    """Return the type of a decimal number between two bounds."""
    parse = values.decimal(places, Decimal(low), Decimal(high))
    return Type(f"number from {low} to {high}, {places} decimal places", parse)


def by_source(table: str) -> Lookup:
    """Return the lookup of a table's records by their identifier in the row's source system."""
    return Lookup(table, ("source_system", "source_id"), of_system=True)


ORGANISATION_LOOKUPS = (Lookup("organisations", ("bin",)), by_source("organisations"))
