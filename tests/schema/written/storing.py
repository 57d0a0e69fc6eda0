"""Storing values that their column would not take: for tests of what is read from such records."""

from collections.abc import Iterable

from erikti.database.connection import connection, dialect, fetch


async def unchecked(*tables: str) -> None:
    """Let rows of tables break their constraints, and those that refer to them."""
    if dialect().name == "sqlite":
        for pragma in ("ignore_check_constraints = ON", "foreign_keys = OFF"):
            await connection().execute_query(f"PRAGMA {pragma}")
        return
    for table in tables:
        sql = f"""SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE conrelid = '{table}'::regclass AND contype IN ('f', 'c')
            OR confrelid = '{table}'::regclass"""
        for holder, name in await fetch(sql):
            await connection().execute_query(f"ALTER TABLE {holder} DROP CONSTRAINT {name}")


async def unbounded(table: str, columns: Iterable[str]) -> None:
    """Let columns hold texts of any length, and no rollup or version follow them."""
    if dialect().name == "postgres":
        changes = ", ".join(f"ALTER {column} TYPE text" for column in columns)
        await connection().execute_query(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await connection().execute_query(f"DROP TRIGGER {table}_version_update ON {table}")
        await connection().execute_query(f"ALTER TABLE {table} {changes}")
