"""Tortoise's queries and converters of a model, stored by each open database.

Tortoise itself stores those of the database that it opened last in the model, where a second
database would find them.
"""

from collections.abc import Iterable
from copy import copy

from tortoise.models import MetaInfo, Model

from erikti.database.current import database

BY_DATABASE = (
    "basequery",
    "basequery_all_fields",
    "db_complex_fields",
    "db_default_fields",
    "db_native_fields",
    "default_connection",
    "filters",
)


class Meta(MetaInfo):
    """Tortoise's description of a model, with ``BY_DATABASE`` from the current database."""

    __slots__ = ()


def _by_database(name: str) -> property:
    own = getattr(MetaInfo, name)

    def read(meta: Meta) -> object:
        current = database.get(None)
        if current is None:
            return own.__get__(meta)
        key = (meta, name)
        if key not in current.metas:
            current.metas[key] = copy(own.__get__(meta))
        return current.metas[key]

    def write(meta: Meta, value: object) -> None:
        current = database.get(None)
        if current is None:
            own.__set__(meta, value)
        else:
            current.metas[meta, name] = value

    return property(read, write)


for _name in BY_DATABASE:
    setattr(Meta, _name, _by_database(_name))


def store_by_database(models: Iterable[type[Model]]) -> None:
    """Make each database store its own ``BY_DATABASE`` of these models."""
    for model in models:
        model._meta.__class__ = Meta
