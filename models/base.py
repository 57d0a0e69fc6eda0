"""Base classes and helpers of the models of every domain."""

from typing import Any

from tortoise.fields import CASCADE, RESTRICT, ForeignKeyField, OneToOneField
from tortoise.models import Model
from uuid_utils.compat import uuid7

from erikti.database.fields import Text, Uuid

SOURCE = ("source_system", "source_id")


class Record(Model):
    """A row with a UUIDv7 (RFC 9562) as its ID, so that IDs grow with time."""

    id = Uuid(primary_key=True, default=uuid7)

    class Meta:
        abstract = True


class Sourced(Record):
    """A row imported from another system, with its identifier there."""

    source_system = Text(max_length=32)
    source_id = Text(max_length=64)

    class Meta:
        abstract = True


class Named(Model):
    """A name in Kazakh, Russian and English, at least one of them present."""

    name_kk = Text(max_length=300, null=True)
    name_ru = Text(max_length=300, null=True)
    name_en = Text(max_length=300, null=True)

    class Meta:
        abstract = True


class Titled(Model):
    """A title in Kazakh, Russian and English, at least one of them present."""

    title_kk = Text(max_length=300, null=True)
    title_ru = Text(max_length=300, null=True)
    title_en = Text(max_length=300, null=True)

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


def keyset(*columns: str) -> list[tuple[Any, ...]]:
    """Return one index per column, each followed by the ID, for filters, orders and cursors."""
    return [(column, "id") for column in columns]
