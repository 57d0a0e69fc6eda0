"""Global IDs (Relay), and the record types that have them."""

import binascii
from binascii import b2a_base64
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from uuid import UUID

from strawberry.relay import from_base64
from tortoise.fields import Field, IntField
from tortoise.models import Model

from erikti.database.connection import dialect
from erikti.database.fields import Uuid
from erikti.errors import BadUserInputError
from models import global_ids as form
from models.base import Sourced
from models.merged_people import remaining
from models.people import Person
from resolvers.context import Info
from resolvers.dataloaders.found import OneBy
from resolvers.dataloaders.listings import LISTINGS
from resolvers.dataloaders.people import SMALL
from resolvers.dataloaders.tables import Row, table
from resolvers.values import bindable


@dataclass(frozen=True)
class NodeType:
    """The keys of one GraphQL type: its global ID and the columns ``natural``, each unique."""

    model: type[Model]

    @property
    def natural(self) -> tuple[str, ...]:
        """Return the columns other than an ID that records are known by."""
        key = table(self.model).key
        return LISTINGS[self.model].keys if key == "id" else (key,)

    @property
    def found(self) -> OneBy:
        """Return the declaration of a record by the primary key, which the global ID holds."""
        return OneBy(self.model, table(self.model).key)

    def key(self, text: str) -> object:
        """Parse a key; raises ValueError if the text is not one."""
        field = _key_field(self.model)
        if isinstance(field, Uuid):
            return dialect().encode(field, UUID(text))
        number = isinstance(field, IntField)
        return bindable(field, int(text) if number else text)


@cache
def _key_field(model: type[Model]) -> Field[object]:
    records = table(model)
    return records.field(records.key)


# Imported records, people and the records of small tables.
MODELS = (Person, *(found.model for found in SMALL), *Sourced.__subclasses__())
key_text = form.key_text
NODES = {model.__name__: NodeType(model) for model in MODELS}


def global_ids(parents: list[Row], info: Info) -> list[str]:
    """Return the global IDs of rows."""
    kind = type(parents[0])
    prefix, key = f"{kind.__name__}:", attrgetter(kind.key_column)
    if isinstance(key(parents[0]), bytes) or any(type(row) is not kind for row in parents):
        return [global_id(row) for row in parents]
    return [b2a_base64(f"{prefix}{key(row)}".encode(), newline=False).decode() for row in parents]


def global_id(row: Row) -> str:
    """Return the global ID of a row."""
    kind = type(row)
    return form.encoded(kind.__name__, getattr(row, kind.key_column))


def parse_id(value: str, argument: str, expected: str | None = None) -> tuple[str, object]:
    """Return the type and key of a global ID.

    Raises BadUserInputError if it is invalid or its type is not ``expected``.
    """
    try:
        name, text = from_base64(value)
        key = NODES[name].key(text)
        if name == "Person":
            key = remaining(key)
    except (ValueError, KeyError, binascii.Error, UnicodeDecodeError) as error:
        raise BadUserInputError(argument, "this is not a valid ID") from error
    if expected not in (None, name):
        raise BadUserInputError(argument, f"this is the ID of type {name}, not {expected}")
    return name, key


def load_node(info: Info, value: str, argument: str) -> Awaitable[object]:
    """Return the record with a global ID, or None if there is none."""
    name, key = parse_id(value, argument)
    return info.context.loaders.of(NODES[name].found).load(key)
