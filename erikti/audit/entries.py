"""Entries of the access log: validation, hashing and chaining."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from models.access import AccessRecord, Decision, microseconds, person_hash

START = bytes(32)  # the previous hash of the first entry of a chain
TEXTS = ("request_id", "client", "subject", "organisation", "country", "purpose", "operation")
# Omitted if None, since entries of earlier versions lack them.
LATER = ("record_count", "filter_hash")
LENGTHS = {name: AccessRecord._meta.fields_map[name].max_length for name in TEXTS}  # type: ignore[attr-defined]


class Access(NamedTuple):
    """A request for personal data and its outcome, without any values or names of people.

    ``country`` is ISO 3166-1 alpha-2, ``operation`` the hash of the document, ``coordinates``
    such as ``Person.email``, ``persons`` the UUIDs of the people concerned. For pages of records
    about people, ``record_count`` is their number and ``filter_hash`` the hash of the filter.
    """

    decision: Decision
    client: str | None = None
    subject: str | None = None
    organisation: str | None = None
    country: str | None = None
    purpose: str | None = None
    operation: str | None = None
    coordinates: Sequence[str] = ()
    persons: Sequence[str | UUID | bytes] = ()
    request_id: str | None = None
    record_count: int | None = None
    filter_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An access ready to be written, before it is added to a chain."""

    fields: dict[str, object]
    persons: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a chain; ``hash`` covers everything else."""

    id: UUID
    writer: UUID
    sequence: int
    draft: Draft
    previous: bytes
    hash: bytes = field(default=START)


def draft(access: Access, key: bytes, at: datetime) -> Draft:
    """Return an access with people as keyed hashes; raises ValueError if one is not a UUID.

    Text that a column cannot hold is shortened or replaced, since callers choose some of it and
    must not be able to prevent entries from being written.
    """
    fields: dict[str, object] = {
        name: _fitting(getattr(access, name), LENGTHS[name]) for name in TEXTS
    }
    fields["decision"] = Decision(access.decision).value
    fields["coordinates"] = [_plain(name) for name in access.coordinates]
    later = {name: getattr(access, name) for name in LATER}
    fields |= {name: value for name, value in later.items() if value is not None}
    persons = {person_hash(key, person) for person in access.persons}
    return Draft(fields, tuple(sorted(persons)), at)


def opening(version: str, at: datetime) -> Draft:
    """Return the first entry of a chain, also the last one of a killed writer's chain.

    It contains the version of the writer.
    """
    return Draft(
        {
            **dict.fromkeys(TEXTS),
            "client": _fitting(version, LENGTHS["client"]),
            "decision": Decision.OPENED.value,
            "coordinates": [],
        },
        (),
        at,
    )


def chained(writer: UUID, sequence: int, previous: bytes, entry_draft: Draft) -> Entry:
    """Return the entry after the one with the hash ``previous``."""
    key = uuid7()
    payload = {
        **entry_draft.fields,
        "id": str(key),
        "person_count": len(entry_draft.persons),
        "persons": [person.hex for person in entry_draft.persons],
        "previous_hash": previous.hex(),
        "recorded_at": microseconds(entry_draft.at),
        "sequence": sequence,
        "writer": str(writer),
    }
    return Entry(key, writer, sequence, entry_draft, previous, sha256(canonical(payload)).digest())


def canonical(value: object) -> bytes:
    """Return JSON by RFC 8785, for objects, lists, text, integers, booleans and null."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _fitting(text: str | None, length: int) -> str | None:
    if text is None:
        return None
    text = _plain(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _plain(text: str) -> str:
    """Replace characters that PostgreSQL or UTF-8 cannot hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
