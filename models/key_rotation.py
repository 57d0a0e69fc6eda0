"""Seals people's values anew, batch by batch, while others read; it can be cut off anywhere."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from erikti.database.connection import connection, dialect, fetch
from erikti.database.sealed import Sealed, keyring
from erikti.sealing import HASH, Keyring, SealingError, is_sealed, key_id
from models.people import Person
from models.sealing_keys import PLAIN, fit, fit_hashes, put_down, recorded, turn

BATCH = 1000
FIELDS = tuple(found for found in Person._meta.fields_map.values() if isinstance(found, Sealed))
COLUMNS = tuple(found.model_field_name for found in FIELDS)
IIN = COLUMNS.index("iin")
FIRST = UUID(int=0)

Told = Callable[[int, int], None]


@dataclass
class Rotated:
    """How many values were sealed anew, how many hashes made, which keys are no longer needed.

    ``unreadable`` are the ids of people with a value that no key reads; it stays as it is.
    """

    values: int = 0
    hashes: int = 0
    retired: tuple[str, ...] = ()
    unreadable: set[UUID] = field(default_factory=set)


async def rotate(told: Told | None = None) -> Rotated:
    """Bring every value under the current key and every hash under the key of hashes.

    ``told`` hears, if given, of the people done and the people there are to do. Raises
    SealingError, and changes nothing, where a key is missing.
    """
    fit(keyring(), await recorded())
    outcome = Rotated()
    await _rehash(outcome)
    outcome.values += await seal_plaintext(told)
    while True:
        unreadable = await _sweep(_stale(keyring().current), outcome, told)
        if await _retire(outcome, unreadable):
            return outcome


async def seal_plaintext(told: Told | None = None) -> int:
    """Seal what a version without keys left behind, and its traces with it; return how much."""
    known = await recorded()
    fit(keyring(), known)
    fit_hashes(keyring(), known)
    if PLAIN not in known:
        return 0
    outcome = Rotated()
    await _sweep(_plain(keyring()), outcome, told, plain=True)
    await dialect().purge(connection(), "people")
    async with turn():
        await fetch(f"DELETE FROM sealing_keys WHERE id = '{PLAIN}'")
    return outcome.values


async def status() -> Counter[str]:
    """How many values are sealed under each key; those that no key seals count as ``plain``."""
    found: Counter[str] = Counter()
    last = dialect().encode(Person._meta.pk, FIRST)
    while rows := await fetch(_select("1 = 1"), [last]):
        last = rows[-1][0]
        found.update(key_id(v) or PLAIN for row in rows for v in tuple(row)[1:] if v is not None)
    return found


def _stale(current: str) -> str:
    """The condition that a person has a value that is not under a key."""
    head = f"{current}."
    return " OR ".join(f"substr({name}, 1, {len(head)}) <> '{head}'" for name in COLUMNS)


def _plain(keys: Keyring) -> str:
    """The condition that a person has a value that no key has sealed yet."""
    conditions = []
    for name in COLUMNS:
        heads = (f"substr({name}, 1, {len(key) + 1}) <> '{key}.'" for key in keys)
        # No sealed text has this sign, and an address may well begin like a key.
        conditions.append(f"({' AND '.join(heads)}) OR {name} LIKE '%@%'")
    return " OR ".join(conditions)


def _select(condition: str) -> str:
    after = dialect().param(1)
    return (
        f"SELECT id, {', '.join(COLUMNS)} FROM people WHERE id > {after} AND ({condition}) "
        f"ORDER BY id LIMIT {BATCH}"
    )


async def _sweep(condition: str, outcome: Rotated, told: Told | None, plain: bool = False) -> int:
    """Seal the values of all people whom a condition names, a transaction for each batch.

    ``plain`` says that values may be of before. Returns how many people cannot be read.
    """
    whole = (await fetch(f"SELECT count(*) FROM people WHERE {condition}"))[0][0]
    last: Any = dialect().encode(Person._meta.pk, FIRST)
    done = unreadable = 0
    while True:
        async with turn() as client:
            await put_down(keyring())
            rows = await fetch(_select(condition), [last])
            if not rows:
                return unreadable
            changed = []
            for row in map(tuple, rows):
                try:
                    changed.append((*_resealed(row, plain), row[0]))
                except SealingError:
                    unreadable += 1
                    outcome.unreadable.add(_uuid(row[0]))
            await dialect().update(client, "people", (*COLUMNS, "iin_hash"), changed)
        outcome.values += sum(v is not None for row in changed for v in row[: len(COLUMNS)])
        last = rows[-1][0]
        done += len(rows)
        if told is not None:
            told(done, max(whole, done))


def _resealed(row: Sequence[Any], plain: bool) -> tuple[str | None, ...]:
    """A person's values under the current key, and the hash of the IIN."""
    values = [
        None if stored is None else _read(column, row[0], stored, plain)
        for column, stored in zip(FIELDS, row[1:], strict=True)
    ]
    sealed = [
        None if value is None else column.seal(row[0], value)
        for column, value in zip(FIELDS, values, strict=True)
    ]
    iin = values[IIN]
    return (*sealed, None if iin is None else keyring().digest(iin))


def _read(column: Sealed, owner: Any, stored: str, plain: bool) -> str:
    return stored if plain and not is_sealed(stored) else column.unseal(owner, stored)


def _uuid(stored: Any) -> UUID:
    return UUID(bytes=stored) if isinstance(stored, bytes) else UUID(int=stored.int)


async def _rehash(outcome: Rotated) -> None:
    """Make all hashes anew, if they are of another key, in one transaction: all or none.

    No import may look for people by hashes of two keys.
    """
    known = await recorded()
    if HASH not in known or keyring().proves(HASH, known[HASH]):
        return
    one, two = map(dialect().param, (1, 2))
    iin = FIELDS[IIN]
    select = (
        f"SELECT id, iin FROM people WHERE id > {one} AND iin IS NOT NULL ORDER BY id LIMIT {BATCH}"
    )
    async with turn() as client:
        last: Any = dialect().encode(Person._meta.pk, FIRST)
        while rows := await fetch(select, [last]):
            last = rows[-1][0]
            hashes = []
            for id_, stored in map(tuple, rows):
                try:
                    value = _read(iin, id_, stored, PLAIN in known)
                except SealingError:
                    outcome.unreadable.add(_uuid(id_))
                else:
                    hashes.append((keyring().digest(value), id_))
            await dialect().update(client, "people", ("iin_hash",), hashes)
            outcome.hashes += len(hashes)
        proof = keyring().proof(HASH)
        await fetch(f"UPDATE sealing_keys SET proof = {one} WHERE id = {two}", [proof, HASH])


async def _retire(outcome: Rotated, unreadable: int) -> bool:
    """Take keys off the list that no value is under; whether nothing is left to be done."""
    current = keyring().current
    async with turn():
        left = (await fetch(f"SELECT count(*) FROM people WHERE {_stale(current)}"))[0][0]
        if left:
            return bool(left == unreadable)
        known = await recorded()
        outcome.retired = tuple(sorted(known.keys() - {current, HASH, PLAIN}))
        one = dialect().param(1)
        for name in outcome.retired:
            await fetch(f"DELETE FROM sealing_keys WHERE id = {one}", [name])
    return True
