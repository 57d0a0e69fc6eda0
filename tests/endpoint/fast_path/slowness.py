"""A table whose statements take as long as a test wants, in both databases."""

from collections.abc import Sequence

from erikti.database.connection import connection, dialect, fetch

TABLE = "regions"
# The records are there as before, after so many seconds (or rows) as ``slowness`` says.
VIEWS = {
    "postgres": "(SELECT pg_sleep(amount)::text AS waited FROM slowness OFFSET 0)",
    "sqlite": """(WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted
        WHERE n < (SELECT amount FROM slowness)) SELECT max(n) AS waited FROM counted)""",
}
ENDLESS = {"postgres": 600, "sqlite": 10**12}
RUNNING = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND state = 'active' AND wait_event = 'PgSleep'"""


async def make_slow() -> None:
    """Replace the table by a view that is as fast until it is ``slowed``."""
    for sql in (
        "CREATE TABLE slowness (amount bigint NOT NULL)",
        "INSERT INTO slowness VALUES (0)",
        f"ALTER TABLE {TABLE} RENAME TO {TABLE}_stored",
        f"""CREATE VIEW {TABLE} AS SELECT r.* FROM {TABLE}_stored r,
            {VIEWS[dialect().name]} w WHERE w.waited IS NOT NULL""",
    ):
        await connection().execute_query(sql)


async def slowed(slow: bool = True) -> None:
    """Let statements take for ever, or no time again."""
    amount = ENDLESS[dialect().name] if slow else 0
    await connection().execute_query(f"UPDATE slowness SET amount = {amount}")


async def is_running() -> bool:
    """Whether a slow statement runs."""
    if dialect().name == "sqlite":
        return bool(connection().queue.in_use)  # type: ignore[attr-defined]
    rows: Sequence[Sequence[int]] = await fetch(RUNNING)
    return rows[0][0] > 0
