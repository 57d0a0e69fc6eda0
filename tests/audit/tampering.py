"""Ways in which a database administrator could tamper with the access log."""

from hashlib import sha256
from uuid import UUID, uuid4

from erikti.audit.entries import START, canonical
from erikti.audit.verifier import opened_source
from tests.audit.places import Place

# The fixture ``chain`` has entries 0 to 12, signed by checkpoints at 5 and 12.
WHERE = "WHERE sequence = "
RECORDS = "access_records"
COLUMNS = "id, writer, sequence, recorded_at, decision, request_id, client, subject, organisation, country, purpose, operation, coordinates, person_count, record_count, filter_hash, previous_hash, hash"


async def remove(place: Place, condition: str) -> None:
    found = f"SELECT id FROM {RECORDS} WHERE sequence {condition}"
    await place.tamper(
        f"DELETE FROM access_persons WHERE record_id IN ({found})",
        f"DELETE FROM {RECORDS} WHERE sequence {condition}",
    )


async def renumber(place: Place, first: int, step: int) -> None:
    """Renumber the entries from a number on, using free numbers."""
    await place.tamper(
        f"UPDATE {RECORDS} SET sequence = sequence + 1000 WHERE sequence >= {first}",
        f"UPDATE {RECORDS} SET sequence = sequence - 1000 + {step} WHERE sequence >= 1000",
    )


def copying(place: Place, source: int, target: int) -> str:
    """Return SQL for a copy of an entry, with its own key and without persons."""
    columns = COLUMNS.replace("id, ", f"{place.uuid(uuid4())}, ", 1)
    columns = columns.replace(" sequence,", f" {target},").replace("person_count", "0")
    return f"INSERT INTO {RECORDS} ({COLUMNS}) SELECT {columns} FROM {RECORDS} {WHERE}{source}"


async def copy(place: Place, source: int, target: int) -> None:
    await place.tamper(copying(place, source, target))


async def unique(place: Place) -> str:
    ((name,),) = await place.sql(
        f"SELECT conname::text FROM pg_constraint WHERE contype = 'u' AND conrelid = '{RECORDS}'::regclass"
    )
    return str(name)


async def rewrite(place: Place, first: int, last: int | None = None) -> None:
    """Recompute the hashes of consecutive entries so that they match their contents."""
    previous = START.hex()
    changes: list[str] = []
    done: set[int] = set()
    async with opened_source(place.url) as source:
        async for entry in source.entries():
            number = entry.sequence
            if number >= first and (last is None or number <= last) and number not in done:
                payload = {**entry.payload, "previous_hash": previous}
                made = sha256(canonical(payload)).digest()
                values = f"previous_hash = {place.blob(bytes.fromhex(previous))}, hash = {place.blob(made)}"
                key = place.uuid(UUID(str(payload["id"])))
                changes.append(f"UPDATE {RECORDS} SET {values} WHERE id = {key}")
                previous = made.hex()
                done.add(number)
            else:
                previous = entry.hash
    await place.tamper(*changes)
