"""Key rotation: reseals people's values in batches, online; it may be interrupted anywhere."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from tortoise.models import Model

from erikti.database.connection import connection, dialect, fetch
from erikti.database.fields import uuid_of
from erikti.database.sealed import Sealed, keyring
from erikti.sealing import HASH, Keyring, SealingError, is_sealed, key_id
from models.changes import ChangeKind, Origin, change_set
from models.merged_people import MergedPerson
from models.people import Person
from models.sealing_keys import (
    PLAIN,
    check_hash_key,
    check_keys,
    exclusive_transaction,
    record_keys,
    recorded_keys,
)

BATCH = 1000
FIRST = UUID(int=0)
RESEALED = Origin(ChangeKind.MIGRATION, "erikti keys", reason="Values sealed anew.")

Progress = Callable[[int, int], None]


@dataclass
class Rotated:
    """The numbers of resealed values and new hashes, and the IDs of keys no longer needed.

    ``unreadable`` are the IDs of people, or of their merged records, with a value that no key can
    read; it stays unchanged.
    """

    values: int = 0
    hashes: int = 0
    retired: tuple[str, ...] = ()
    unreadable: set[UUID] = field(default_factory=set)


@dataclass(frozen=True)
class Holder:
    """A table with values of people that are sealed under its own IDs."""

    model: type[Model]

    @property
    def table(self) -> str:
        """Return its name."""
        return self.model._meta.db_table

    @cached_property
    def fields(self) -> tuple[Sealed, ...]:
        """Return the sealed columns."""
        found = self.model._meta.fields_map.values()
        return tuple(field for field in found if isinstance(field, Sealed))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the sealed columns."""
        return tuple(field.model_field_name for field in self.fields)


PEOPLE = Holder(Person)
HOLDERS = (PEOPLE, Holder(MergedPerson))
IIN = PEOPLE.columns.index("iin")


async def rotate(progress: Progress | None = None) -> Rotated:
    """Reseal every value with the current key and rehash with the current hash key.

    ``progress`` is called with the number of people done and the total. Raises SealingError
    before any change if a key is missing.
    """
    check_keys(keyring(), await recorded_keys())
    outcome = Rotated()
    await _rehash(outcome)
    outcome.values += await seal_plaintext(progress)
    while True:
        unreadable = 0
        for holder in HOLDERS:
            stale = _stale(holder, keyring().current)
            seen = progress if holder is PEOPLE else None
            unreadable += await _sweep(holder, stale, outcome, seen)
        if await _retire(outcome, unreadable):
            return outcome


async def seal_plaintext(progress: Progress | None = None) -> int:
    """Seal values that a version without keys stored, purge their traces, return their number."""
    known = await recorded_keys()
    check_keys(keyring(), known)
    check_hash_key(keyring(), known)
    if PLAIN not in known:
        return 0
    outcome = Rotated()
    await _sweep(PEOPLE, _plain(keyring()), outcome, progress, plain=True)
    await dialect().purge(connection(), "people")
    async with exclusive_transaction():
        await fetch(f"DELETE FROM sealing_keys WHERE id = '{PLAIN}'")
    return outcome.values


async def status() -> Counter[str]:
    """Return the number of values by key ID; unsealed values count as ``plain``."""
    found: Counter[str] = Counter()
    for holder in HOLDERS:
        last = dialect().encode(Person._meta.pk, FIRST)
        while rows := await fetch(_select(holder, "1 = 1"), [last]):
            last = rows[-1][0]
            values = (value for row in rows for value in tuple(row)[1:] if value is not None)
            found.update(key_id(value) or PLAIN for value in values)
    return found


def _stale(holder: Holder, current: str) -> str:
    """Return SQL for whether a row has a value that is not sealed with this key."""
    head = f"{current}."
    return " OR ".join(f"substr({name}, 1, {len(head)}) <> '{head}'" for name in holder.columns)


def _plain(keys: Keyring) -> str:
    """Return SQL for whether a person has an unsealed value."""
    conditions = []
    for name in PEOPLE.columns:
        heads = (f"substr({name}, 1, {len(key) + 1}) <> '{key}.'" for key in keys)
        # An e-mail address may start like a key ID, but sealed text never contains "@".
        conditions.append(f"({' AND '.join(heads)}) OR {name} LIKE '%@%'")
    return " OR ".join(conditions)


def _select(holder: Holder, condition: str) -> str:
    after = dialect().param(1)
    return (
        f"SELECT id, {', '.join(holder.columns)} FROM {holder.table} "
        f"WHERE id > {after} AND ({condition}) "
        f"ORDER BY id LIMIT {BATCH}"
    )


async def _sweep(
    holder: Holder,
    condition: str,
    outcome: Rotated,
    progress: Progress | None,
    plain: bool = False,
) -> int:
    """Reseal the values of all rows that meet a condition, in one transaction per batch.

    ``plain`` allows unsealed values. Returns the number of rows with unreadable values.
    """
    whole = (await fetch(f"SELECT count(*) FROM {holder.table} WHERE {condition}"))[0][0]
    columns = (*holder.columns, *(("iin_hash",) if holder is PEOPLE else ()))
    last: object = dialect().encode(Person._meta.pk, FIRST)
    done = unreadable = 0
    while True:
        async with change_set(RESEALED, begin=exclusive_transaction()):
            await record_keys(keyring())
            rows = await fetch(_select(holder, condition), [last])
            if not rows:
                return unreadable
            changed = []
            for row in map(tuple, rows):
                try:
                    changed.append((*_resealed(holder, row, plain), row[0]))
                except SealingError:
                    unreadable += 1
                    outcome.unreadable.add(uuid_of(row[0]))
            await dialect().update(connection(), holder.table, (*columns, "id"), changed)
        sealed = (value for row in changed for value in row[: len(holder.columns)])
        outcome.values += sum(value is not None for value in sealed)
        last = rows[-1][0]
        done += len(rows)
        if progress is not None:
            progress(done, max(whole, done))


def _resealed(holder: Holder, row: Sequence[Any], plain: bool) -> tuple[str | None, ...]:
    """Return a row's values sealed with the current key; of people also the hash of the IIN."""
    values = [
        None if stored is None else _read(column, row[0], stored, plain)
        for column, stored in zip(holder.fields, row[1:], strict=True)
    ]
    sealed = [
        None if value is None else column.seal(row[0], value)
        for column, value in zip(holder.fields, values, strict=True)
    ]
    if holder is not PEOPLE:
        return tuple(sealed)
    iin = values[IIN]
    return (*sealed, None if iin is None else keyring().digest(iin))


def _read(column: Sealed, owner: object, stored: str, plain: bool) -> str:
    return stored if plain and not is_sealed(stored) else column.unseal(owner, stored)


async def _rehash(outcome: Rotated) -> None:
    """Rehash all IINs, if they were hashed with another key, in one transaction.

    Otherwise a concurrent import could look people up by hashes of two keys.
    """
    known = await recorded_keys()
    if HASH not in known or keyring().proves(HASH, known[HASH]):
        return
    one, two = map(dialect().param, (1, 2))
    iin = PEOPLE.fields[IIN]
    select = (
        f"SELECT id, iin FROM people WHERE id > {one} AND iin IS NOT NULL ORDER BY id LIMIT {BATCH}"
    )
    async with change_set(RESEALED, begin=exclusive_transaction()):
        last: object = dialect().encode(Person._meta.pk, FIRST)
        while rows := await fetch(select, [last]):
            last = rows[-1][0]
            hashes = []
            for id_, stored in map(tuple, rows):
                try:
                    value = _read(iin, id_, stored, PLAIN in known)
                except SealingError:
                    outcome.unreadable.add(uuid_of(id_))
                else:
                    hashes.append((keyring().digest(value), id_))
            await dialect().update(connection(), "people", ("iin_hash", "id"), hashes)
            outcome.hashes += len(hashes)
        proof = keyring().proof(HASH)
        await fetch(f"UPDATE sealing_keys SET proof = {one} WHERE id = {two}", [proof, HASH])


async def _retire(outcome: Rotated, unreadable: int) -> bool:
    """Remove unused keys from the list; return whether the rotation is complete."""
    current = keyring().current
    async with exclusive_transaction():
        left = 0
        for holder in HOLDERS:
            stale = f"SELECT count(*) FROM {holder.table} WHERE {_stale(holder, current)}"
            left += (await fetch(stale))[0][0]
        if left:
            return bool(left == unreadable)
        known = await recorded_keys()
        outcome.retired = tuple(sorted(known.keys() - {current, HASH, PLAIN}))
        one = dialect().param(1)
        for name in outcome.retired:
            await fetch(f"DELETE FROM sealing_keys WHERE id = {one}", [name])
    return True
