"""Checks of the triggers that protect the tables of the log, in the database's catalogue."""

import sqlite3
from collections.abc import Mapping

import asyncpg

KEYS = {
    "access_records": (("rowid",), ("id",), ("writer", "sequence")),
    "access_persons": (("rowid",), ("id",), ("record_id", "person_hash")),
    "access_identity": (("rowid",), ("id",)),
}
LATER = "access_identity"  # absent in older versions; checkpoints show whether it must exist
# PostgreSQL's flags for BEFORE, statement level, DELETE, UPDATE and TRUNCATE.
TRIGGER_FLAGS = 2 + 8 + 16 + 32
REFUSAL = (
    "BEGIN RAISE EXCEPTION '% takes inserts only', TG_TABLE_NAME "
    "USING ERRCODE = 'insufficient_privilege'; END"
)
TRIGGERS = """
SELECT t.tgname::text, t.tgenabled IN ('O', 'A'), t.tgtype::int, t.tgqual IS NULL, p.prosrc
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid = $1::regclass AND NOT t.tgisinternal ORDER BY t.tgname
"""
RELATION = (
    "SELECT relkind::text, relrowsecurity, relhasrules FROM pg_class WHERE oid = $1::regclass"
)
REPLICA = """
SELECT count(*) FROM pg_db_role_setting
WHERE array_to_string(setconfig, ' ') LIKE '%session_replication_role%'
AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
Found = list[tuple[str, str]]


def in_sqlite(database: sqlite3.Connection) -> Found:
    """Return the problems of each table as pairs of its name and a text."""
    found: Found = []
    for table in KEYS:
        query = "SELECT type FROM sqlite_master WHERE name = ?"
        kind = database.execute(query, (table,)).fetchone()
        if kind is None and table == LATER:
            continue
        if kind != ("table",):
            found.append((table, "it is not a table"))
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        present = dict(database.execute(query, (table,)).fetchall())
        wanted = _sqlite_triggers(table)
        found += _compared(table, wanted, present)
    return found


async def in_postgres(connection: asyncpg.Connection) -> Found:
    """Return the problems of each table as pairs of its name and a text."""
    found: Found = []
    for table in KEYS:
        if table == LATER and await connection.fetchval("SELECT to_regclass($1)", table) is None:
            continue
        kind, hides, rules = await connection.fetchrow(RELATION, table)
        if kind != "r":
            found.append((table, "it is not a table"))
        if hides or rules:
            found.append((table, "it has rules or row security"))
        rows = await connection.fetch(TRIGGERS, table)
        wanted = {f"{table}_kept": (True, TRIGGER_FLAGS, True, REFUSAL)}
        found += _compared(table, wanted, {row[0]: tuple(row)[1:] for row in rows})
    if await connection.fetchval(REPLICA):
        found.append(("the database", "a setting of it or of a role disables triggers"))
    return found


def _compared(table: str, wanted: Mapping[str, object], present: Mapping[str, object]) -> Found:
    found = []
    for name in sorted(wanted.keys() | present.keys()):
        if name not in present:
            found.append((table, f"the trigger {name} is missing"))
        elif name not in wanted:
            found.append((table, f"the trigger {name} is not Erikti's"))
        elif present[name] != wanted[name]:
            found.append((table, f"the trigger {name} was changed or disabled"))
    return found


def _sqlite_triggers(table: str) -> dict[str, str]:
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} takes inserts only'); END"
    made = {}
    for event in ("update", "delete"):
        name = f"{table}_no_{event}"
        made[name] = f"CREATE TRIGGER {name} BEFORE {event} ON {table} {refusal}"
    same = " OR ".join(
        f"({' AND '.join(f'{name} = NEW.{name}' for name in key)})" for key in KEYS[table]
    )
    name = f"{table}_no_insert"
    made[name] = (
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refusal}"
    )
    return made
