"""The access log: who read personal data, and about whom; rows are added and never changed."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any
from uuid import UUID

from tortoise.fields import BigIntField, BinaryField, CharEnumField, DatetimeField, TextField
from tortoise.models import Model
from uuid_utils.compat import uuid7

from erikti.database.constraints import check, check_values
from erikti.database.fields import Text, Uuid
from models.base import Record, keyset, refers_to

HASH_SIZE = 16


class Decision(StrEnum):
    """What became of a request for personal data."""

    ALLOWED = "ALLOWED"
    WITHHELD = "WITHHELD"
    REFUSED = "REFUSED"
    OPENED = "OPENED"  # no request: the entry with which a chain begins


class AccessRecord(Record):
    """One entry of the access log.

    ``writer`` names the chain and ``sequence`` the place in it, from 0. ``hash`` is the SHA-256
    of everything else in the entry, the persons and ``previous_hash`` included.
    ``coordinates`` is a JSON list of schema coordinates such as ``Person.email``. Of pages of
    records about people ``record_count`` says how many, and ``filter_hash`` by which filter.
    """

    writer = Uuid()
    sequence = BigIntField()
    recorded_at = DatetimeField()
    decision = CharEnumField(Decision, max_length=8, description="")
    request_id = Text(max_length=64, null=True)
    client = Text(max_length=200, null=True)
    subject = Text(max_length=200, null=True)
    organisation = Text(max_length=200, null=True)
    country = Text(max_length=2, null=True)
    purpose = Text(max_length=200, null=True)
    operation = Text(max_length=128, null=True)
    coordinates: Any = TextField()
    person_count = BigIntField()
    record_count = BigIntField(null=True)
    filter_hash = Text(max_length=32, null=True)
    previous_hash = BinaryField()
    hash = BinaryField()

    class Meta:
        table = "access_records"
        unique_together = (("writer", "sequence"),)
        indexes = keyset("recorded_at")
        constraints = (check_values("access_records", "decision", Decision),)


class AccessPerson(Model):
    """A person whom an entry is about, as a keyed hash of their id."""

    id = BigIntField(primary_key=True, generated=True)
    record = refers_to("AccessRecord")
    person_hash = Uuid()
    record_id: UUID

    class Meta:
        table = "access_persons"
        unique_together = (("record_id", "person_hash"),)
        indexes = [("person_hash", "record_id")]


class AccessIdentity(Model):
    """Which database this is, drawn once: checkpoints of the access log name it. One row."""

    id = BigIntField(primary_key=True, generated=False, default=1)
    database = Uuid(default=uuid7)

    class Meta:
        table = "access_identity"
        constraints = (check("access_identity", "id", "id = 1"),)


async def identify() -> None:
    """Draw the database's identity, where it has none."""
    if not await AccessIdentity.exists():
        await AccessIdentity.create()


def person_hash(key: bytes, person: UUID | str | bytes) -> UUID:
    """What stands for a person in the log: keyed BLAKE2b of the 16 bytes of their id.

    Raises ValueError where ``person`` is no UUID.
    """
    if isinstance(person, str):
        person = UUID(person)
    raw = person.bytes if isinstance(person, UUID) else person
    if len(raw) != HASH_SIZE:
        raise ValueError("a person's id has 16 bytes")
    return UUID(
        bytes=blake2b(raw, digest_size=HASH_SIZE, key=key, person=b"erikti.person").digest()
    )


def microseconds(moment: datetime) -> str:
    """An instant in UTC as the log hashes it, such as 2026-01-31T09:00:00.000000Z."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
