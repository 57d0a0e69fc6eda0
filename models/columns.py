"""Names in signatures: which types, columns, fields or relations a parameter's strings name.

At run time they are strings. mypy knows of the plugin ``tools/typed_columns.py``, which compares
every such string with the model (docs/decisions/0034-typed-columns.md).
"""

from importlib import import_module
from typing import Generic, TypeAlias

from tortoise.models import Model
from typing_extensions import TypeVar

# The model of a declaration; that of any model where none is given.
M = TypeVar("M", bound=Model, covariant=True, default=Model)  # noqa: PLC0105


class Column(str, Generic[M]):
    """A column of a model: ``region_id``."""


class Field(str, Generic[M]):
    """A field of a model, or the stem of a text in three languages: ``region``, ``name``."""


class Path(str, Generic[M]):
    """Relations of a model that lead to a field: ``project.region``."""


class OwnColumn(str):
    """A column of the records whose GraphQL type the call stands in."""


class OwnText(str):
    """The stem of a text in three languages of these records."""


class RecordType(str):
    """A type of records and its module: ``volunteers.Volunteer``."""


class RecordColumn(str):
    """A column of the type that the same call names."""


class Local(str):
    """A name that the same call may use like a field of the model."""


ColumnOf: TypeAlias = str | Column[M]
FieldOf: TypeAlias = str | Field[M]
PathOf: TypeAlias = str | Path[M]
Own: TypeAlias = str | OwnColumn
OwnStem: TypeAlias = str | OwnText
Record: TypeAlias = str | RecordType
OfRecord: TypeAlias = str | RecordColumn
LocalName: TypeAlias = str | Local


def model_of(record: Record) -> type[Model]:
    """Return the model of a type of records, which has its name."""
    module, _, name = record.partition(".")
    model: type[Model] = getattr(import_module(f"models.{module}"), name)
    return model
