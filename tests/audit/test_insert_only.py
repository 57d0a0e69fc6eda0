"""The tables of the access log accept only inserts, from any client."""

import sqlite3

import asyncpg
import pytest

from tests.audit.places import Place

pytestmark = pytest.mark.usefixtures("chain")
REFUSALS = (asyncpg.InsufficientPrivilegeError, sqlite3.IntegrityError)
CHANGES = [
    "UPDATE access_records SET client = 'x'",
    "UPDATE access_records SET client = 'x' WHERE sequence = 1",
    "DELETE FROM access_records WHERE sequence = 12",
    "DELETE FROM access_persons",
    "UPDATE access_persons SET record_id = record_id",
    "UPDATE access_identity SET database = database",
    "DELETE FROM access_identity",
    "INSERT INTO access_persons (id, record_id, person_hash) SELECT id, record_id, person_hash FROM access_persons WHERE true ON CONFLICT (id) DO UPDATE SET record_id = excluded.record_id",
]
OF_POSTGRES = ["TRUNCATE access_persons", "TRUNCATE access_records CASCADE"]
OF_SQLITE = [
    "INSERT OR REPLACE INTO access_records SELECT * FROM access_records",
    "REPLACE INTO access_persons SELECT * FROM access_persons",
    "REPLACE INTO access_identity SELECT * FROM access_identity",
    "INSERT OR REPLACE INTO access_persons (record_id, person_hash) SELECT record_id, person_hash FROM access_persons",
    "INSERT OR REPLACE INTO access_records (rowid, id, writer, sequence, recorded_at, decision, coordinates, person_count, previous_hash, hash) SELECT 1, x'00', x'00', 0, '', 'OPENED', '', 0, x'', x''",
]


@pytest.mark.parametrize("change", [*CHANGES, *OF_POSTGRES, *OF_SQLITE])
async def test_present_rows_cannot_be_changed(place: Place, change: str) -> None:
    if change in (OF_POSTGRES if place.sqlite else OF_SQLITE):
        with pytest.raises((sqlite3.OperationalError, asyncpg.PostgresError)):
            await place.sql(change)  # a statement for the other database
        return
    with pytest.raises(REFUSALS, match="takes inserts only"):
        await place.sql(change)
    assert await place.problems() == []
