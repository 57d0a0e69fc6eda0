"""The verifier reports missing or changed protection of the log's tables."""

import asyncio

import pytest

from tests.audit.outages import ON_POSTGRES, ON_SQLITE
from tests.audit.places import Place
from tests.support.databases import Server

pytestmark = pytest.mark.usefixtures("chain")
INSTEAD = "CREATE TRIGGER {0} BEFORE update ON access_persons BEGIN SELECT 1; END"
LENIENT = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RETURN NULL; END'"
)


async def unguarded(place: Place) -> set[str]:
    """Return the reported tables, failing for other problems."""
    problems = (await place.report()).problems
    assert {problem.kind.value for problem in problems} <= {"unguarded"}
    assert all(str(p).startswith(f"unguarded: {p.writer}: ") for p in problems)
    return {problem.writer for problem in problems}


@ON_SQLITE
@pytest.mark.parametrize("table", ["access_records", "access_persons"])
@pytest.mark.parametrize("event", ["update", "delete", "insert"])
async def test_a_trigger_that_was_dropped_is_named(place: Place, table: str, event: str) -> None:
    assert await unguarded(place) == set()
    await place.sql(f"DROP TRIGGER {table}_no_{event}")
    (problem,) = (await place.report()).problems
    assert str(problem) == f"unguarded: {table}: the trigger {table}_no_{event} is missing"


@ON_SQLITE
@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TRIGGER access_persons_no_update", INSTEAD.format("access_persons_no_update")),
        (INSTEAD.format("more"),),
        (
            "ALTER TABLE access_persons RENAME TO kept",
            "CREATE VIEW access_persons AS SELECT * FROM kept",
        ),
    ],
)
async def test_a_table_that_is_guarded_otherwise_is_named(
    place: Place, statements: tuple[str, ...]
) -> None:
    await place.sql(*statements)
    assert await unguarded(place) == {"access_persons"}


@ON_POSTGRES
@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (("DROP TRIGGER access_records_kept ON access_records",), {"access_records"}),
        (("ALTER TABLE access_persons DISABLE TRIGGER ALL",), {"access_persons"}),
        (
            ("ALTER TABLE access_persons ENABLE REPLICA TRIGGER access_persons_kept",),
            {"access_persons"},
        ),
        ((LENIENT,), {"access_records", "access_persons", "access_identity"}),
        (
            (
                "DROP TRIGGER access_records_kept ON access_records",
                "CREATE TRIGGER access_records_kept BEFORE UPDATE OR TRUNCATE ON access_records "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            ),
            {"access_records"},
        ),
        (
            (
                "CREATE TRIGGER more BEFORE INSERT ON access_records FOR EACH ROW "
                "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            ),
            {"access_records"},
        ),
        (("ALTER TABLE access_records ENABLE ROW LEVEL SECURITY",), {"access_records"}),
        (
            ("CREATE RULE lost AS ON INSERT TO access_persons DO INSTEAD NOTHING",),
            {"access_persons"},
        ),
        (
            (
                "ALTER TABLE access_persons RENAME TO kept",
                "CREATE VIEW access_persons AS SELECT * FROM kept",
            ),
            {"access_persons"},
        ),
    ],
)
async def test_a_table_of_which_the_guards_were_changed_is_named(
    place: Place, statements: tuple[str, ...], named: set[str]
) -> None:
    assert await unguarded(place) == set()
    await place.sql(*statements)
    assert await unguarded(place) == named


@ON_POSTGRES
async def test_a_database_that_turns_triggers_off_is_named(place: Place) -> None:
    ((name,),) = await place.sql("SELECT current_database()::text")
    turning = f'ALTER DATABASE "{name}" SET session_replication_role'
    await place.sql(f"{turning} = replica")
    try:
        assert await unguarded(place) == {"the database"}
    finally:
        await place.sql(f'ALTER DATABASE "{name}" RESET session_replication_role')


@ON_POSTGRES
async def test_a_setting_of_another_database_is_none_of_this_one(
    place: Place, server: Server
) -> None:
    other = await asyncio.to_thread(server.create)
    await place.sql(f'ALTER DATABASE "{other}" SET session_replication_role = replica')
    assert await unguarded(place) == set()
