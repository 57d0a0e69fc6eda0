"""Rollups by days and months of the country: whether they are those of the calendar in use.

The triggers of a rollup contain the offsets of the time zone, so they show which one it was.
"""

from erikti.database.connection import connection, dialect, fetch, transaction
from erikti.database.rollup import Rollup
from erikti.database.triggers import SPELLINGS, keep, run
from models.rollups import ROLLUPS

CHANGED = "the days of rollups are those of another time zone: run erikti migrate"
PRESENT = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgres": "SELECT proname, prosrc FROM pg_proc WHERE pg_function_is_visible(oid)",
}


async def outdated() -> list[Rollup]:
    """Return the rollups whose triggers have the offsets of another time zone, or older ones."""
    spelling = SPELLINGS[dialect().name]
    present = dict(map(tuple, await fetch(PRESENT[dialect().name])))
    return [
        rollup
        for rollup in ROLLUPS
        if any(column.instant for column in rollup.columns)
        and any(
            name in present and present[name] not in sql
            for name, sql in spelling.create(rollup).items()
        )
    ]


async def rebuild() -> int:
    """Count outdated rollups anew by the calendar in use; return their number."""
    spelling = SPELLINGS[dialect().name]
    found = await outdated()
    for rollup in found:
        async with transaction():
            emptied = [*spelling.drop(rollup), f"DELETE FROM {rollup.table}"]
            await run(connection(), [*emptied, *keep(spelling, rollup)])
    return len(found)
