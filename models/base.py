"""What the records of every domain have in common."""

from typing import Any

from tortoise.fields import CASCADE, RESTRICT, ForeignKeyField, OneToOneField
from tortoise.models import Model
from uuid_utils.compat import uuid7

from erikti.database.fields import Text, Uuid

SOURCE = ("source_system", "source_id")


class Record(Model):
    """A row with an id of its own: a UUIDv7 (RFC 9562), so that ids grow with time."""

    id = Uuid(primary_key=True, default=uuid7)

    class Meta:
        abstract = True


class Sourced(Record):
    """A row that came from another system and is known there by its own identifier."""

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
    """A reference that keeps the record it points to from being removed."""
    return ForeignKeyField(f"erikti.{model}", related_name=False, on_delete=RESTRICT, **options)


def only_one_of(model: str, **options: Any) -> Any:
    """A reference that no two records share."""
    return OneToOneField(f"erikti.{model}", related_name=False, on_delete=RESTRICT, **options)


def part_of(model: str) -> Any:
    """A reference to the record that this one is removed with."""
    return ForeignKeyField(f"erikti.{model}", related_name=False, on_delete=CASCADE)


def keyset(*columns: str) -> list[tuple[Any, ...]]:
    """One index per column, each followed by the id: what filters, sorts and cursors need."""
    return [(column, "id") for column in columns]
