"""Lanes of rollups: how writers on PostgreSQL add to one combination without waiting.

Each statement that writes takes the lowest lane that no other transaction holds, by an advisory
lock until the end of its transaction, and adds to the rows of that lane alone. So no two
transactions write the same row, and a rollup has more than one row for a combination only where
transactions overlapped. SQLite has one writer at a time, and all its rows are in lane 0.
"""

from erikti.database.rollup import Rollup

LOCKS = 0x726F6C6C  # any number, the same in every version: the first key of the locks of lanes
LANE = "free_lane"  # the variable of a trigger's function
DECLARE_LANE = f"DECLARE {LANE} integer := 0; "
# Every lane below that one is held, so that the search ends.
TAKE_LANE = (
    f"WHILE NOT pg_try_advisory_xact_lock({LOCKS}, {LANE}) LOOP {LANE} := {LANE} + 1; END LOOP; "
)


def take(lane: int) -> str:
    """Return the statement that takes a lane for this transaction, if no other one holds it."""
    return f"SELECT pg_try_advisory_xact_lock({LOCKS}, {lane})"


def busy_lanes(rollup: Rollup) -> str:
    """Return the statement for the lanes that have rows to move, the highest first."""
    return f"SELECT DISTINCT lane FROM {rollup.table} WHERE lane > 0 ORDER BY lane DESC"


def move(rollup: Rollup, source: int, target: int, limit: int | None = None) -> str:
    """Return the statement that adds rows of a lane to another one; its row is their number."""
    keys, numbers = ", ".join(rollup.names), ("count", *rollup.sums)
    table, columns = rollup.table, f"{keys}, {', '.join(numbers)}"
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in numbers)
    some = f"SELECT id FROM {table} WHERE lane = {source} LIMIT {limit or 'ALL'}"
    changed = " OR ".join(f"{name} <> 0" for name in numbers)
    return (
        f"WITH moved AS (DELETE FROM {table} WHERE id = ANY (ARRAY({some})) RETURNING *), "
        f"added AS (INSERT INTO {table} ({columns}, lane) SELECT {columns}, {target} FROM moved "
        f"WHERE {changed} ON CONFLICT ({', '.join(rollup.key)}) DO UPDATE SET {added}) "
        "SELECT count(*) FROM moved"
    )
