"""Rollups match their records after any kind of write."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.exceptions import IntegrityError
from tortoise.migrations.executor import MigrationTarget
from tortoise.models import Model

from erikti.database.connection import Database, config, connection, dialect, fetch, transaction
from erikti.database.migration_executor import Executor
from erikti.database.tables import APP
from erikti.database.triggers import SPELLINGS
from erikti.importers import load
from models.migrate import migrate
from models.people import Person
from models.rollups import ROLLUPS
from models.volunteers import Enquiry, GoodDeed, Participation, Volunteer, VolunteerDirection
from tests.importers.samples import NATION, volunteers
from tests.models.counting import held, wrong

IDS = [UUID(f"019ab000-0000-7000-8000-{number:012}") for number in range(6)]
PARTS = [UUID(f"019ab000-0000-7000-8000-{number:012}") for number in (100, 101)]
DAYS = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1)]
MOMENTS = [
    datetime(2024, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2025, 1, 31, 22, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 18, 30, tzinfo=UTC),  # 23:30 for the second time
    datetime(2024, 2, 29, 19, tzinfo=UTC),
]
REGIONS = ["KZ-71", "KZ-75"]
# Few values for each column, so that combinations repeat.
TABLES: dict[type[Model], dict[str, Sequence[Any]]] = {
    Person: {
        "id": IDS,
        "display_name": ["A."],
        "recorded_on": DAYS,
        "sex": [None, "FEMALE", "MALE"],
        "birth_date": [None, date(1990, 12, 31), date(1991, 1, 1), date(1991, 6, 1)],
    },
    Volunteer: {
        "id": IDS,
        "person_id": IDS,
        "region_id": REGIONS,
        "front_office_id": [None, *PARTS],
        "organisation_id": [None, *PARTS],
        "status": ["ACTIVE", "WITHDRAWN"],
        "silver": [False, True],
        "registered_on": DAYS,
        "hours_total": [Decimal(0), Decimal("2.5"), Decimal(40)],
    },
    VolunteerDirection: {"volunteer_id": IDS, "direction": ["SPORT", "ECOLOGY", "HEALTH"]},
    Participation: {
        "id": IDS,
        "volunteer_id": IDS,
        "project_id": PARTS,
        "role": ["PARTICIPANT", "ORGANISER"],
        "hours": [Decimal(0), Decimal("2.5"), Decimal(40)],
        "starts_on": DAYS,
    },
    Enquiry: {
        "id": IDS,
        "call_centre": ["A", "B"],
        "channel": ["PHONE", "WEB"],
        "topic": ["HOURS", "OTHER"],
        "region_id": [None, *REGIONS],
        "opened_at": MOMENTS,
        "resolved_at": [None, datetime(2025, 3, 1, tzinfo=UTC)],
        "status": ["OPEN", "RESOLVED"],
    },
    GoodDeed: {
        "id": IDS,
        "title_en": ["A deed"],
        "region_id": REGIONS,
        "happened_on": DAYS,
        "participant_count": [0, 3],
        "edition": [2024, 2025],
    },
}
SOURCED = {Volunteer, Participation, Enquiry, GoodDeed}
INSERTS = {"insert": "", "skip": "ON CONFLICT DO NOTHING", "replace": "ON CONFLICT (id) DO UPDATE"}


@dataclass(frozen=True)
class Write:
    """One statement on some records, or several that are rolled back together."""

    how: str
    model: type[Model] = Person
    rows: tuple[dict[str, Any], ...] = ()
    undone: tuple["Write", ...] = ()


def row(model: type[Model], few: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Return values for all columns of a table, or for some of the mutable ones."""
    columns = {name: st.sampled_from(values) for name, values in TABLES[model].items()}
    if not few:
        return st.fixed_dictionaries(columns)
    del columns["volunteer_id" if model is VolunteerDirection else "id"]
    return st.fixed_dictionaries({}, optional=columns).filter(bool)


def write(model: type[Model]) -> st.SearchStrategy[Write]:
    """Return a statement that inserts, updates or deletes."""
    # In PostgreSQL no statement may insert and then replace the same record.
    key = "volunteer_id" if model is VolunteerDirection else "id"
    unique = st.lists(row(model), min_size=1, max_size=6, unique_by=lambda values: values[key])
    rows = unique.map(tuple)
    inserts = ["bulk", "insert", "skip"] + (["replace"] if model is not VolunteerDirection else [])
    changes = st.tuples(row(model), row(model, few=True))
    return st.one_of(
        st.builds(Write, st.sampled_from(inserts), st.just(model), rows),
        st.builds(Write, st.sampled_from(["update", "save"]), st.just(model), changes),
        st.builds(Write, st.just("delete"), st.just(model), rows),
    )


WRITES = st.sampled_from(list(TABLES)).flatmap(write)
SOME = st.lists(WRITES, min_size=1, max_size=4).map(tuple)
STORY = st.lists(WRITES | st.builds(Write, st.just("undo"), undone=SOME), min_size=3, max_size=25)


class _UndoError(Exception):
    pass


def stored(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """Return values in the database's representation, with columns that no rollup uses."""
    fields = model._meta.fields_map
    found = {name: dialect().encode(fields[name], value) for name, value in values.items()}
    if model in SOURCED and "id" in values:
        found |= {"source_system": "T", "source_id": str(values["id"])}
    return found


async def perform(step: Write) -> None:
    """Execute a write; one that the database rejects changes nothing."""
    with suppress(IntegrityError, _UndoError):
        async with transaction():
            for inner in step.undone:
                await perform(inner)
            if step.how == "undo":
                raise _UndoError
            await _statement(step)


async def _statement(step: Write) -> None:
    table = step.model._meta.db_table
    rows = [stored(step.model, values) for values in step.rows]
    names = list(rows[0])
    spell = dialect()
    key = "volunteer_id" if step.model is VolunteerDirection else "id"
    if step.how == "bulk":
        await spell.insert(connection(), table, names, [[r[n] for n in names] for r in rows])
    elif step.how in INSERTS:
        tail = INSERTS[step.how]
        if step.how == "replace":
            tail += f" SET {', '.join(f'{name} = excluded.{name}' for name in names[1:])}"
        size = len(names)
        marks = (
            ", ".join(spell.param(r * size + n + 1) for n in range(size)) for r in range(len(rows))
        )
        values = ", ".join(f"({part})" for part in marks)
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES {values} {tail}"
        await fetch(sql, [r[name] for r in rows for name in names])
    elif step.how == "save" and key == "id":
        record = await step.model.get_or_none(id=step.rows[0]["id"])
        if record is not None:
            await record.update_from_dict(step.rows[1]).save()
    elif step.how in {"update", "save"}:
        cells = ", ".join(f"{name} = {spell.param(n)}" for n, name in enumerate(rows[1], 1))
        sql = f"UPDATE {table} SET {cells} WHERE {key} <= {spell.param(len(rows[1]) + 1)}"
        await fetch(sql, [*rows[1].values(), rows[0][key]])
    else:
        keys = spell.array([r[key] for r in rows])
        await fetch(f"DELETE FROM {table} WHERE {spell.any_of(key, 1)}", [keys])


MADE_FIRST, LATEST = "0002_rollups", ("0011_dimensions", "0013_people_by_age")
LATER = {
    "0011_dimensions": {
        *("participations_by_hours", "participations_by_volunteer"),
        *("volunteers_by_hours", "volunteers_by_years"),
    },
    "0013_people_by_age": {"volunteers_by_age"},
}


async def prepare() -> None:
    """Create the records that volunteers and participations refer to."""
    for n, part in enumerate(PARTS):
        for model, more in (
            ("front_offices", {"name_en": "x", "kind": "NATIONAL"}),
            ("organisations", {"name_en": "x", "region_id": "KZ-75", "kind": "STATE",
                               "registered_on": DAYS[0]}),
            ("projects", {"title_en": "x", "region_id": "KZ-75", "starts_on": DAYS[0],
                          "status": "ACTIVE"}),
        ):  # fmt: skip
            values = {"id": part, "source_system": "T", "source_id": str(n), **more}
            encoded = [dialect().encode(Person._meta.pk, value) if name == "id" else
                       dialect().encode(Person._meta.fields_map["recorded_on"], value)
                       for name, value in values.items()]  # fmt: skip
            await dialect().insert(connection(), model, list(values), [tuple(encoded)])
    people = [
        stored(Person, {"id": id_, "display_name": "A.", "recorded_on": DAYS[1]}) for id_ in IDS
    ]
    await dialect().insert(
        connection(), "people", list(people[0]), [tuple(p.values()) for p in people]
    )


async def tell(url: str, story: Sequence[Write]) -> None:
    """Execute the writes, check the rollups, and roll back."""
    async with Database(url):
        with suppress(_UndoError):
            async with transaction():
                await prepare()
                for step in story:
                    await perform(step)
                assert await wrong() == {}
                raise _UndoError
        assert await wrong() == {}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY)
def test_rollups_are_right_after_any_write(database_url: str, story: list[Write]) -> None:
    asyncio.run(tell(database_url, story))


async def test_rollups_are_right_after_imports(database: str) -> None:
    assert database
    for kind, rows in NATION.items():
        assert (await load(kind, rows)).committed
    assert await wrong() == {}
    assert all([await held(rollup) for rollup in ROLLUPS])
    moved = [{**volunteer, "region": "KZ-71", "directions": "SPORT; HEALTH", "silver": "yes"}
             for volunteer in NATION["volunteers"]]  # fmt: skip
    assert (await load("volunteers", moved)).updated == len(moved)
    hours = [{**part, "hours": 7} for part in NATION["participations"]]
    assert (await load("participations", hours)).updated == len(hours)
    assert not (await load("volunteers", [*volunteers(3, 50), {"source_id": "?"}])).committed
    assert await wrong() == {}


async def test_rollups_are_right_in_a_whole_nation(nation: str) -> None:
    assert nation
    assert await wrong() == {}
    assert all([await held(rollup) for rollup in ROLLUPS])


async def triggers() -> dict[str, str]:
    """Return the triggers on counted tables by name, with their definitions."""
    counted = {rollup.base for rollup in ROLLUPS} | {r.tie.table for r in ROLLUPS if r.tie}
    if dialect().name == "sqlite":
        found = await fetch("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        # Those of searches are named after their index.
        names = {row[0]: row[1] for row in found if row[2] in counted}
        others = ("_folded_", "_version_")
        return {name: sql for name, sql in names.items() if not any(o in name for o in others)}
    found = await fetch(
        """SELECT t.tgname, p.prosrc, c.relname FROM pg_trigger t
           JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
           WHERE NOT t.tgisinternal AND strpos(t.tgname, '_version_') = 0"""
    )
    return {row[0]: row[1] for row in found if row[2] in counted}


async def test_the_database_has_the_declared_triggers(database: str) -> None:
    assert database
    spelling = SPELLINGS[dialect().name]
    declared: dict[str, str] = {}
    for rollup in ROLLUPS:
        declared |= spelling.create(rollup)
    present = await triggers()
    assert present.keys() == {name for name, sql in declared.items() if "TRIGGER" in sql.split()[1]}
    made = " ".join(declared.values())
    for body in present.values():
        assert body in made


@pytest.mark.parametrize(
    ("before", "after"),
    [("0001_initial", MADE_FIRST), ("0010_texts_and_lists", "0011_dimensions"), LATEST],
)
async def test_migrations_count_present_records_and_can_be_reverted(
    empty_url: str, before: str, after: str
) -> None:
    made = {table: at for at, tables in LATER.items() for table in tables}
    first = [r for r in ROLLUPS if made.get(r.table, MADE_FIRST) == after]
    rollups = [replace(rollup, lanes=False) for rollup in first]
    async with Database(empty_url):
        executor = Executor(connection(), config(empty_url)["apps"])
        await executor.migrate([MigrationTarget(APP, before)])
        was = await triggers()
        await fetch(
            "INSERT INTO regions (code, kato_code, kind, name_en) VALUES "
            "('KZ-71', '1', 'CITY', 'x'), ('KZ-75', '2', 'CITY', 'x')"
        )
        await prepare()
        await fill()
        await executor.migrate([MigrationTarget(APP, after)])
        assert await wrong(rollups) == {}
        assert all([await held(rollup) for rollup in rollups])
        await Executor(connection(), config(empty_url)["apps"]).migrate(
            [MigrationTarget(APP, before)]
        )
        assert await triggers() == was
        await fetch("DELETE FROM volunteer_directions")
        await migrate(empty_url)
        assert await wrong() == {}


async def fill() -> None:
    """Create records in every counted table."""
    for model in (Volunteer, VolunteerDirection, Participation, Enquiry, GoodDeed):
        for place, id_ in enumerate(IDS):
            values = {name: some[place % len(some)] for name, some in TABLES[model].items()}
            key = "volunteer_id" if model is VolunteerDirection else "id"
            await _statement(Write("insert", model, ({**values, key: id_},)))


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_emptied_tables_count_nothing(database: str) -> None:
    assert database
    await prepare()
    await fill()
    await fetch("TRUNCATE volunteer_directions")
    assert await wrong() == {}
    await fetch("TRUNCATE people, enquiries, good_deeds CASCADE")
    assert await wrong() == {}
    assert not any([await held(rollup) for rollup in ROLLUPS])


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
@pytest.mark.parametrize("first", ["move", "other"])
@pytest.mark.parametrize("other", ["tie", "born"])
async def test_a_volunteer_who_moves_while_a_direction_or_birth_date_changes_is_counted_correctly(
    database: str, first: str, other: str
) -> None:
    assert database
    await prepare()
    await fill()
    move = f"UPDATE volunteers SET region_id = 'KZ-71', status = 'WITHDRAWN' WHERE id = '{IDS[1]}'"
    changes = {
        "tie": "INSERT INTO volunteer_directions (volunteer_id, direction) "
        f"VALUES ('{IDS[1]}', 'SEARCH')",
        "born": "UPDATE people SET sex = 'MALE', birth_date = '1975-03-01' WHERE id IN "
        f"(SELECT person_id FROM volunteers WHERE id = '{IDS[1]}')",
    }
    begun, finish = asyncio.Event(), asyncio.Event()

    async def leader() -> None:
        async with transaction():
            await fetch(move if first == "move" else changes[other])
            begun.set()
            await finish.wait()

    async def follower() -> None:
        await begun.wait()
        async with transaction():
            await fetch(changes[other] if first == "move" else move)

    running = [asyncio.create_task(leader()), asyncio.create_task(follower())]
    async with asyncio.timeout(60):
        await begun.wait()
        while not await fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):
            await fetch("SELECT pg_sleep(0.01)")
    finish.set()
    await asyncio.gather(*running)
    assert await wrong() == {}


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_imports_at_once_wait_for_each_other(database: str) -> None:
    assert database
    reports = await asyncio.gather(
        load("volunteers", volunteers(40)),
        load("volunteers", volunteers(40, 100)),
        load("enquiries", NATION["enquiries"]),
    )
    assert all(report.committed for report in reports)
    assert await wrong() == {}
