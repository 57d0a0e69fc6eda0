"""Kinds of records for imports: their cells, references, links and rules."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic

from tortoise.fields import Field, IntField
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from erikti.writing.cells import (
    CODES,
    IDENTIFIER,
    IDENTIFIERS,
    LANGUAGES,
    LISTS,
    SOURCE_COLUMNS,
    SPECIAL,
    Cell,
    Column,
    Type,
    choices,
    columns_of,
    is_text,
    person_columns,
    type_of,
)
from erikti.writing.numbers import named_currency
from models.base import Sourced
from models.columns import ColumnOf, FieldOf, M, PathOf
from models.people import Person
from models.states import States


@dataclass(frozen=True)
class Lookup(Generic[M]):
    """How files name a record of another table: by one field, or by several.

    ``of_system`` keys begin with the row's source system; ``hashed`` keys are stored as keyed
    hashes. ``id`` is the column that the reference stores.
    """

    model: type[M]
    keys: tuple[PathOf[M], ...]
    id: ColumnOf[M] = "id"
    of_system: bool = False
    hashed: bool = False

    @cached_property
    def table(self) -> str:
        """Return the table, joined with those that the keys lead to."""
        table = self.model._meta.db_table
        joined = [key.split(".")[0] for key in self.keys if "." in key]
        for relation in joined:
            other = _target(self.model, relation).model._meta.db_table
            table += f" JOIN {other} ON {other}.id = {self.model._meta.db_table}.{relation}_id"
        return table

    @cached_property
    def selected(self) -> tuple[str, ...]:
        """Return the SQL of the keys."""
        return tuple(self._column(key) for key in self.keys)

    @property
    def numbered(self) -> bool:
        """Return whether the only key is an IIN or BIN."""
        return self.keys in (("iin_hash",), ("bin",))

    @property
    def found(self) -> str:
        """Return the SQL of the column that the reference stores."""
        return f"{self.model._meta.db_table}.{self.id}"

    @property
    def cells(self) -> tuple[PathOf[M], ...]:
        """Return the keys that files spell out: not the row's system."""
        return self.keys[1:] if self.of_system else self.keys

    def field(self, key: str) -> tuple[type[Model], str, Field[object]]:
        """Return the model and the field that a key leads to."""
        relation, dot, name = key.rpartition(".")
        model = _target(self.model, relation).model if dot else self.model
        return model, name, model._meta.fields_map[name]

    def _column(self, key: str) -> str:
        model, name, found = self.field(key)
        suffix = "_id" if isinstance(found, ForeignKeyFieldInstance) else ""
        return f"{model._meta.db_table}.{name}{suffix}"


@dataclass(frozen=True)
class Reference:
    """Cells that refer to a record of another table; the lookups are tried in order."""

    columns: tuple[str, ...]
    stored: str
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True)
class Link(Generic[M]):
    """A cell with several values, which are stored in a link table: ``model``."""

    name: str
    model: type[M]
    owner: ColumnOf[M]
    value: ColumnOf[M]

    @property
    def table(self) -> str:
        """Return the link table."""
        return self.model._meta.db_table

    @property
    def lookup(self) -> Lookup | None:
        """Return how files name the linked records; None for values and codes."""
        return self._target.lookups[0] if self.type is IDENTIFIERS else None

    @cached_property
    def type(self) -> Type:
        """Return the type of the cells."""
        found = self.model._meta.fields_map[self.value.removesuffix("_id")]
        if isinstance(found, CharEnumFieldInstance):
            return choices(found.enum_type)
        assert isinstance(found, ForeignKeyFieldInstance)
        return LISTS.get(str(found.model_name), IDENTIFIERS)

    @property
    def _target(self) -> "Kind":
        return _target(self.model, self.value.removesuffix("_id"))


@dataclass(frozen=True)
class Rule(Generic[M]):
    """A rule between the cells of a row: those of the record, then those of its person.

    The columns ``written`` are given last, as the file has them, not as values.
    """

    record: tuple[FieldOf[M], ...]
    holds: Callable[..., bool]
    code: str
    reason: str
    person: tuple[FieldOf[Person], ...] = ()
    written: tuple[FieldOf[M], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the cells."""
        return (*self.record, *self.person)


@dataclass(frozen=True)
class Kind(Generic[M]):
    """A kind of record that a file can contain.

    ``cells`` are fields of the model; a relation is read as what names its record, in the cells
    that the ``lookups`` of the other kind state. ``person`` is whether its rows describe a person,
    to whom ``person_field`` refers; ``prefix`` derives the person's identifier from the row's own
    if the file has none. ``constants`` are stored with every row, ``initial`` only with a new one.
    ``lasting`` are columns that a blank cell does not clear. ``region_office`` fills in the
    region's front office, ``hours`` updates the totals of hours. ``lookups`` are how files name
    its records: by their identifier in the row's source system unless stated. ``states`` are those
    that a record passes through.
    """

    name: str
    meaning: str
    model: type[M]
    cells: tuple[FieldOf[M] | Cell[M] | Link, ...]
    checks: tuple[Rule[M], ...] = ()
    person: bool = False
    person_field: ColumnOf[M] | None = None
    person_required: bool = True
    constants: Mapping[FieldOf[M], object] = field(default_factory=dict)
    initial: Mapping[FieldOf[M], object] = field(default_factory=dict)
    prefix: str = ""
    lasting: tuple[FieldOf[M], ...] = ()
    region_office: bool = False
    hours: bool = False
    lookups: tuple[Lookup, ...] = ()
    states: States | None = None

    def __post_init__(self) -> None:
        if not self.lookups and issubclass(self.model, Sourced):
            object.__setattr__(self, "lookups", (by_source(self.model),))
        KNOWN[f"erikti.{self.model.__name__}"] = self

    @property
    def written(self) -> frozenset[str]:
        """Return the names of the models that an import may change."""
        more = {"Person"} if self.person else set()
        return frozenset({self.model.__name__} | more | ({"Volunteer"} if self.hours else set()))

    @property
    def tables(self) -> frozenset[str]:
        """Return the tables that an import may add rows to."""
        more = {"people", "person_sources"} if self.person else set()
        return frozenset({self.model._meta.db_table} | more | {link.table for link in self.links})

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of its files."""
        person = person_columns(self.person_required) if self.person else ()
        found = [*SOURCE_COLUMNS, *(person if self.person_field else person[1:])]
        for cell in self.cells:
            found += self._columns(cell)
        return tuple({column.name: column for column in found}.values())

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Return its references to records of other kinds."""
        names = [cell for cell in self.cells if isinstance(cell, str)]
        return tuple(self._reference(name) for name in names if _refers(self.model, name))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Return its cells with several values."""
        return tuple(cell for cell in self.cells if isinstance(cell, Link))

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return its rules: texts in three languages are given in at least one of them."""
        texts = [cell for cell in self.cells if isinstance(cell, str) and is_text(self.model, cell)]
        return (*map(any_language, texts), *self.checks)

    def _columns(self, cell: FieldOf[M] | Cell[M] | Link) -> Iterator[Column]:
        if isinstance(cell, Link):
            yield Column(cell.name, cell.type)
        elif isinstance(cell, Cell):
            yield from columns_of(self.model, cell)
        elif not _refers(self.model, cell):
            yield from columns_of(self.model, Cell(cell))
        else:
            lookup, required = self._lookup(cell), not self.model._meta.fields_map[cell].null
            for name, key in zip(self._reference(cell).columns, lookup.cells, strict=True):
                yield Column(name, _key_type(*lookup.field(key)[1:]), required)

    def _lookup(self, relation: str) -> Lookup:
        return _target(self.model, relation).lookups[0]

    def _reference(self, relation: str) -> Reference:
        """Return the reference of a relation, whose last key is in the cell of that name.

        Keys before it have the name of the other record's relation: a category of an award is
        named by ``edition`` and ``category``.
        """
        lookups = _target(self.model, relation).lookups
        names = tuple(_cell_name(lookups[0].model, key, relation) for key in lookups[0].cells)
        return Reference(names, f"{relation}_id", lookups)


# The kinds by the names of their models.
KNOWN: dict[str, Kind] = {}


def _target(model: type[Model], relation: str) -> Kind:
    """Return the kind of the records that a relation leads to."""
    found = model._meta.fields_map[relation]
    assert isinstance(found, ForeignKeyFieldInstance)
    return KNOWN[str(found.model_name)]


def _refers(model: type[Model], name: str) -> bool:
    """Return whether a field refers to a record that has no code."""
    found = model._meta.fields_map.get(name)
    return isinstance(found, ForeignKeyFieldInstance) and found.model_name not in CODES


def _cell_name(model: type[Model], key: str, relation: str) -> str:
    first = key.partition(".")[0]
    found = model._meta.fields_map[first]
    return first if isinstance(found, ForeignKeyFieldInstance) else relation


def _key_type(name: str, found: Field[object]) -> Type:
    coded = isinstance(found, ForeignKeyFieldInstance | IntField)
    return SPECIAL.get(name) or type_of(found) if coded else IDENTIFIER


def any_language(stem: str) -> Rule:
    """Return the rule that a name or title is given in at least one language."""
    return Rule(
        tuple(f"{stem}_{language}" for language in LANGUAGES),
        lambda *names: any(names),
        "REQUIRED",
        f"one of {stem}_kk, {stem}_ru, {stem}_en is required",
    )


def ordered(first: FieldOf[M], second: FieldOf[M], strictly: bool = False) -> Rule[M]:
    """Return the rule that two points in time are in order, if both are given."""
    if strictly:
        reason = f"{second} must come after {first}"
        return Rule((first, second), lambda a, b: not (a and b) or b > a, "INVALID_PERIOD", reason)
    reason = f"{second} must not come before {first}"
    return Rule((first, second), lambda a, b: not (a and b) or b >= a, "INVALID_PERIOD", reason)


def agreeing(amount: FieldOf[M], currency: FieldOf[M]) -> Rule[M]:
    """Return the rule that an amount names no other currency than the column of currencies."""
    return Rule(
        (currency,),
        lambda code, cell: named_currency(cell) in (None, code),
        "CURRENCY_MISMATCH",
        f"{amount} names another currency than {currency}",
        written=(amount,),
    )


def exactly_one(first: FieldOf[M], second: FieldOf[M]) -> Rule[M]:
    """Return the rule that exactly one of two cells is filled."""
    reason = f"exactly one of {first} and {second} is required"
    return Rule((first, second), lambda a, b: (a is None) != (b is None), "REQUIRED", reason)


def by_source(model: type[Sourced]) -> Lookup:
    """Return the lookup of a model's records by their identifier in the row's source system."""
    return Lookup(model, ("source_system", "source_id"), of_system=True)
