"""The suppression list: people who were erased and whom no import may record again.

It holds keyed hashes only, of IINs and of identifiers in other systems. The key is that of people
in the access log, since unlike IINs of the registry these hashes cannot be made anew.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import blake2b

from tortoise.fields import DateField
from tortoise.models import Model

from erikti.database.calendar import calendar
from erikti.database.connection import fetch
from erikti.database.fields import Text
from erikti.database.write_lock import FOREVER, LockTimeout
from models.sealing_keys import exclusive_transaction

HASH_SIZE = 16  # bytes
PROOF = ""  # its hash is the first entry, and tells whether a key is that of the list


class Suppression(Model):
    """An entry: the hash of an IIN or an identifier, or that of ``PROOF``.

    ``reason`` is a reference, such as the number of a request, without personal data.
    """

    hash = Text(max_length=32, primary_key=True)
    added_on = DateField()
    reason = Text(max_length=200)

    class Meta:
        table = "suppressions"


class SuppressionKeyError(Exception):
    """The list was made with another key, or no key was given to read it."""


@dataclass(frozen=True)
class Suppressed:
    """The entries of the list, and the key to look for people among them."""

    key: bytes = b""
    hashes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def __contains__(self, person: str) -> bool:
        """Whether ``by_iin(...)`` or ``by_source(...)`` is on the list."""
        return digest(self.key, person) in self.hashes


def by_iin(iin: str) -> str:
    """Return what is hashed of an IIN."""
    return f"iin:{iin}"


def by_source(system: str, identifier: str) -> str:
    """Return what is hashed of an identifier in another system."""
    return f"source:{system}/{identifier}"


def digest(key: bytes, person: str) -> str:
    """Return the keyed hash of a person."""
    return blake2b(
        person.encode(), digest_size=HASH_SIZE, key=key, person=b"suppressions"
    ).hexdigest()


async def read(key: bytes | None) -> Suppressed:
    """Return the list; raises SuppressionKeyError unless it is empty or the key is its own."""
    hashes = frozenset(str(row[0]) for row in await fetch("SELECT hash FROM suppressions"))
    if not hashes:
        return Suppressed()
    if key is None:
        raise SuppressionKeyError("the suppression list can be read only with its key")
    if digest(key, PROOF) not in hashes:
        raise SuppressionKeyError(
            "the suppression list was made with another key: restore ERIKTI_PERSON_KEY"
        )
    return Suppressed(key, hashes - {digest(key, PROOF)})


async def add(
    key: bytes, people: Iterable[str], reason: str, patience: LockTimeout = FOREVER
) -> int:
    """Add people and return how many are new on the list; raises SuppressionKeyError.

    Waits for a running import, which would not see them, as long as the patience lasts.
    """
    async with exclusive_transaction(patience):
        present = await read(key)
        wanted = {digest(key, person) for person in people} - present.hashes
        today = calendar().today()
        if not await Suppression.exists(hash=digest(key, PROOF)):
            await Suppression.create(hash=digest(key, PROOF), added_on=today, reason="the key")
        for hash_ in sorted(wanted):
            await Suppression.create(hash=hash_, added_on=today, reason=reason)
    return len(wanted)


async def remove(key: bytes, people: Collection[str], patience: LockTimeout = FOREVER) -> int:
    """Remove people and return how many were on the list; raises SuppressionKeyError."""
    async with exclusive_transaction(patience):
        present = await read(key)
        hashes = {digest(key, person) for person in people} & present.hashes
        # An empty list has no key, so that the next one may have another.
        proof = {digest(key, PROOF)} if hashes == present.hashes else set()
        await Suppression.filter(hash__in=sorted(hashes | proof)).delete()
    return len(hashes)


async def listed(key: bytes) -> list[Suppression]:
    """Return the entries in the order of their days; raises SuppressionKeyError."""
    await read(key)
    entries = Suppression.exclude(hash=digest(key, PROOF))
    return await entries.order_by("added_on", "hash")
