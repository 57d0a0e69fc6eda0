"""Models for loaders: columns to read, and lightweight rows instead of model instances."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple, Protocol
from uuid import UUID

from tortoise.fields import CharField, Field, IntField
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from erikti.database.connection import dialect
from erikti.database.fields import Decoder, Folded, SortKey, derived
from erikti.database.rows import Row as Values
from erikti.database.sealed import Sealed
from models.base import Sourced, Versioned
from models.people import Person, PersonSource

# The number of cached selections, since operations request different columns.
MAX_SELECTIONS = 2000
VERSIONED = frozenset(Versioned._meta.fields_map)
# Personal columns are read only if an operation requests them.
PERSONAL: dict[type[Model], frozenset[str]] = {
    Person: frozenset(Person._meta.db_fields) - {"id", "display_name"} - VERSIONED
}


@dataclass(frozen=True)
class Place:
    """The place of a text's folded form: its line of a column with ``lines``."""

    column: str
    line: int
    lines: int


class Row(Protocol):
    """A record as the driver returns it, with an attribute for each selected column.

    Code that knows its model calls it by the model's type, whose columns it has.
    """

    key_column: ClassVar[str]

    def __getitem__(self, position: int, /) -> Any:
        """Return the stored value of a column."""

    def __getattr__(self, column: str, /) -> Any:
        """Return the value of a column."""


class Table:
    """A model's table, key and columns.

    ``open`` are the columns without personal data, those that are computed from others and
    those of versions.
    ``sort_keys`` has the columns that sort texts, ``folded`` the places of their folded forms.
    """

    def __init__(self, model: type[Model]) -> None:
        personal = PERSONAL.get(model, frozenset())
        self.model = model
        self.name = model._meta.db_table
        self.key = model._meta.db_pk_column
        self.columns = tuple(model._meta.fields_db_projection.values())
        computed = derived(model)
        closed = {*personal, *computed, *VERSIONED}
        self.open = tuple(column for column in self.columns if column not in closed)
        self.sort_keys = {
            field.source: name for name, field in computed.items() if isinstance(field, SortKey)
        }
        self.folded = {
            source: Place(name, line, len(field.sources))
            for name, field in computed.items()
            if isinstance(field, Folded)
            for line, source in enumerate(field.sources)
        }

    def field(self, column: str) -> Field[Any]:
        """Return the model's field for a column."""
        return self.model._meta.fields_map[column]

    def selection(self, columns: Collection[str] | None = None) -> "Selection":
        """Return a selection of the key and these columns, or of all open columns."""
        wanted = self.open
        if columns is not None:
            wanted = tuple(c for c in self.columns if c in columns or c == self.key)
        return _selection(self.model, wanted, dialect().name)


class Selection:
    """Columns of a model to read, and the class of their rows.

    A row is the driver's record with an attribute for each column and none of the model's
    behaviour; its class has the model's name. Statements may select more columns after these.
    """

    def __init__(self, model: type[Model], columns: tuple[str, ...]) -> None:
        self.table = table(model)
        self.columns = columns
        self.size = len(columns)
        self.row = self._row_class(model)

    def select(self, alias: str) -> str:
        """Return the columns as a select list."""
        return ", ".join(f"{alias}.{column}" for column in self.columns)

    def _row_class(self, model: type[Model]) -> type:
        active = dialect()
        key = self.columns.index(self.table.key)
        attributes: dict[str, object] = {"__slots__": (), "key_column": self.table.key}
        for position, column in enumerate(self.columns):
            field = self.table.field(column)
            decode = active.decoder(field)
            if isinstance(field, Sealed):
                attributes[column] = property(field.unsealing(position, key))
            elif decode is None:
                attributes[column] = property(itemgetter(position))
            else:
                attributes[column] = property(_decoded(position, decode))
        return type(model.__name__, (active.record,), attributes)


class Columns(NamedTuple):
    """Some columns of a table, as a select list."""

    table: Table
    names: tuple[str, ...]

    def select(self, alias: str) -> str:
        """Return the columns as a select list."""
        return ", ".join(f"{alias}.{name}" for name in self.names)


def _decoded(position: int, decode: Decoder) -> Callable[[Values], object]:
    def value(row: Values) -> object:
        stored = row[position]
        return None if stored is None else decode(stored)

    return value


class Holder(NamedTuple):
    """The table with the sources of records, and its columns of the record and the source."""

    name: str
    owner: str
    system: str
    identifier: str


def is_sourced(model: type[Model]) -> bool:
    """Return whether records have a source that they can be looked up by."""
    return model is Person or issubclass(model, Sourced)


def holder(model: type[Model]) -> Holder:
    """Return the table with the sources of a model's records: their own, except for people."""
    if model is Person:
        return Holder(table(PersonSource).name, "person_id", "system", "identifier")
    return Holder(table(model).name, "id", "source_system", "source_id")


@cache
def table(model: type[Model]) -> Table:
    """Return the ``Table`` of a model."""
    return Table(model)


@lru_cache(maxsize=MAX_SELECTIONS)
def _selection(model: type[Model], columns: tuple[str, ...], database: str) -> Selection:
    return Selection(model, columns)


def column_of(model: type[Model], name: str) -> str:
    """Return the column of a field: ``region_id`` for the relation ``region``."""
    field = model._meta.fields_map[name]
    return field.source_field or name if isinstance(field, ForeignKeyFieldInstance) else name


def order_column(model: type[Model], name: str) -> str:
    """Return the column that sorts by a field: its sort key if it has one."""
    column = column_of(model, name)
    return table(model).sort_keys.get(column, column)


def related(model: type[Model], name: str) -> type[Model] | None:
    """Return the model that a relation refers to, or None if the field is a plain column."""
    field = model._meta.fields_map.get(name)
    return field.related_model if isinstance(field, ForeignKeyFieldInstance) else None


def key_type(model: type[Model], column: str) -> str:
    """Return the SQL type of a column's values as an array element."""
    field = model._meta.fields_map[column]
    return (
        "integer"
        if isinstance(field, IntField)
        else "text"
        if isinstance(field, CharField)
        else "uuid"
    )


def digits(key: object) -> str:
    """Return a key as ``JsonSql.key`` writes it; empty for none."""
    match key:
        case None:
            return ""
        case bytes():
            return key.hex()
        case UUID():
            return key.hex
    return str(key)
