"""The access log of reads of personal data; its rows are inserted and never changed."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from uuid import UUID

from tortoise.fields import BigIntField, BinaryField, CharEnumField, DatetimeField, TextField
from tortoise.models import Model
from uuid_utils.compat import uuid7

from erikti.database.constraints import check, check_values
from erikti.database.fields import Text, Uuid
from models.base import Record, keyset, refers_to

HASH_SIZE = 16


class Decision(StrEnum):
    """The outcome of a request for personal data."""

    ALLOWED = "ALLOWED"
    WITHHELD = "WITHHELD"
    REFUSED = "REFUSED"
    OPENED = "OPENED"  # not a request: the first entry of a chain


class AccessRecord(Record):
    """One entry of the access log.

    ``writer`` identifies the chain and ``sequence`` the position in it, from 0. ``hash`` is the
    SHA-256 of everything else in the entry, including the persons and ``previous_hash``.
    ``coordinates`` is a JSON list of schema coordinates such as ``Person.email``. For pages of
    records about people, ``record_count`` is their number and ``filter_hash`` the filter's hash.
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
    coordinates = TextField()
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
    """Generate the database's identity if it has none."""
    if not await AccessIdentity.exists():
        await AccessIdentity.create()


def person_hash(key: bytes, person: UUID | str | bytes) -> UUID:
    """Return a person's pseudonym in the log: keyed BLAKE2b of the 16 bytes of their ID.

    Raises ValueError if ``person`` is not a UUID.
    """
    if isinstance(person, str):
        person = UUID(person)
    raw = person.bytes if isinstance(person, UUID) else person
    if len(raw) != HASH_SIZE:
        raise ValueError("a person's ID must have 16 bytes")
    return UUID(
        bytes=blake2b(raw, digest_size=HASH_SIZE, key=key, person=b"erikti.person").digest()
    )


def microseconds(moment: datetime) -> str:
    """Return an instant in UTC in the form that is hashed: 2026-01-31T09:00:00.000000Z."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
