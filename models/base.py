"""Base classes and helpers of the models of every domain."""

from collections.abc import Sequence
from typing import Any

from tortoise.fields import (
    CASCADE,
    RESTRICT,
    BigIntField,
    ForeignKeyField,
    IntField,
    OneToOneField,
)
from tortoise.models import Model
from uuid_utils.compat import uuid7

from erikti.database.fields import Folded, SortKey, Text, Uuid
from erikti.database.versioning import FIRST

SOURCE = ("source_system", "source_id")
NAMES = ("name_kk_key", "name_ru_key", "name_en_key")
TITLES = ("title_kk_key", "title_ru_key", "title_en_key")


class Versioned(Model):
    """A record with its version, from 1, and the number of the change set that wrote it last.

    Its writer, or else a trigger, raises the version once for each change set
    (docs/changes.md). Records of the time before change sets have the first one.
    """

    version = IntField(db_default=1)
    change_set = BigIntField(db_default=FIRST)

    class Meta:
        abstract = True


class Record(Model):
    """A row with a UUIDv7 (RFC 9562) as its ID, so that IDs grow with time."""

    id = Uuid(primary_key=True, default=uuid7)

    class Meta:
        abstract = True


class Sourced(Record, Versioned):
    """A record imported from another system, with its identifier there."""

    source_system = Text(max_length=32)
    source_id = Text(max_length=64)

    class Meta:
        abstract = True


class Named(Model):
    """A name in Kazakh, Russian and English, at least one of them present."""

    name_kk = Text(max_length=300, null=True)
    name_ru = Text(max_length=300, null=True)
    name_en = Text(max_length=300, null=True)
    name_kk_key = SortKey("name_kk")
    name_ru_key = SortKey("name_ru")
    name_en_key = SortKey("name_en")
    name_folded = Folded(("name_kk", "name_ru", "name_en"))

    class Meta:
        abstract = True


class Titled(Model):
    """A title in Kazakh, Russian and English, at least one of them present."""

    title_kk = Text(max_length=300, null=True)
    title_ru = Text(max_length=300, null=True)
    title_en = Text(max_length=300, null=True)
    title_kk_key = SortKey("title_kk")
    title_ru_key = SortKey("title_ru")
    title_en_key = SortKey("title_en")
    title_folded = Folded(("title_kk", "title_ru", "title_en"))

    class Meta:
        abstract = True


def refers_to(model: str, **options: Any) -> Any:
    """Return a foreign key that prevents the removal of the record it refers to."""
    return ForeignKeyField(f"erikti.{model}", related_name=False, on_delete=RESTRICT, **options)


def only_one_of(model: str, **options: Any) -> Any:
    """Return a unique foreign key."""
    return OneToOneField(f"erikti.{model}", related_name=False, on_delete=RESTRICT, **options)


def part_of(model: str) -> Any:
    """Return a foreign key to the record with which this one is removed."""
    return ForeignKeyField(f"erikti.{model}", related_name=False, on_delete=CASCADE)


def keyset(*columns: str) -> list[tuple[str, ...]]:
    """Return one index per column, each followed by the ID, for filters, orders and cursors."""
    return [(column, "id") for column in columns]


def keyset_of(*parents: str, orders: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the indexes of lists by parent: each parent with each order, followed by the ID.

    The parents' own ``keyset`` has the lists without an order.
    """
    return [(parent, order, "id") for parent in parents for order in orders if order != parent]
