"""Models as loaders see them: columns to read, and rows instead of model instances."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from tortoise.fields import CharField, Field, IntField
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.database import dialect
from models.people import Person

# Nobody reads the personal columns: access to them does not exist yet.
HIDDEN: dict[type[Model], frozenset[str]] = {
    Person: frozenset(Person._meta.db_fields) - {"id", "display_name", "recorded_on"}
}


class Table:
    """One model: its table, key, readable columns and the class of its rows.

    A row is a named tuple that has the attributes of the model's columns and nothing
    of its behaviour; the class carries the model's name.
    """

    def __init__(self, model: type[Model]) -> None:
        hidden = HIDDEN.get(model, frozenset())
        self.model = model
        self.name = model._meta.db_table
        self.key = model._meta.db_pk_column
        self.columns = tuple(
            c for c in model._meta.fields_db_projection.values() if c not in hidden
        )
        self.row: Callable[[Iterable[Any]], Any] = _row_class(model, self.columns)._make
        self._decoders: dict[str, list[tuple[int, Callable[[Any], Any]]]] = {}

    def field(self, column: str) -> Field[Any]:
        """The model's field behind a column."""
        return self.model._meta.fields_map[column]

    def select(self, alias: str) -> str:
        """The readable columns as a select list."""
        return ", ".join(f"{alias}.{column}" for column in self.columns)

    def rows(self, records: Iterable[Sequence[Any]], skip: int = 0) -> list[Any]:
        """Rows from database records, whose first ``skip`` columns are not the table's."""
        decoders = self._active_decoders()
        if not decoders:
            return [self.row(record[skip:] if skip else record) for record in records]
        rows = []
        for record in records:
            values = list(record[skip:])
            for position, decode in decoders:
                if values[position] is not None:
                    values[position] = decode(values[position])
            rows.append(self.row(values))
        return rows

    def _active_decoders(self) -> list[tuple[int, Callable[[Any], Any]]]:
        active = dialect()
        if active.name not in self._decoders:
            decoders = ((i, active.decoder(self.field(c))) for i, c in enumerate(self.columns))
            self._decoders[active.name] = [(i, d) for i, d in decoders if d is not None]
        return self._decoders[active.name]


@cache
def table(model: type[Model]) -> Table:
    """The one ``Table`` of a model."""
    return Table(model)


@cache
def _row_class(model: type[Model], columns: tuple[str, ...]) -> Any:
    row: Any = type(model.__name__, (namedtuple(model.__name__, columns),), {"__slots__": ()})
    row.key_column = model._meta.db_pk_column
    return row


def column_of(model: type[Model], name: str) -> str:
    """The column behind a field: ``region_id`` for the relation ``region``."""
    field = model._meta.fields_map[name]
    return field.source_field or name if isinstance(field, ForeignKeyFieldInstance) else name


def related(model: type[Model], name: str) -> type[Model] | None:
    """The model that a relation leads to, None where the field is a plain column."""
    field = model._meta.fields_map.get(name)
    return field.related_model if isinstance(field, ForeignKeyFieldInstance) else None


def key_type(model: type[Model], column: str) -> str:
    """The SQL type of a column's values as an array element."""
    field = model._meta.fields_map[column]
    if isinstance(field, CharField):
        return "text"
    if isinstance(field, IntField):
        return "integer"
    return "uuid"
