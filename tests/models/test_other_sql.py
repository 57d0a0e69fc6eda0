"""Triggers catch SQL that none of the product's writers wrote."""

import pytest

from erikti.database.connection import dialect, fetch, transaction
from erikti.importers import load
from models.changes import ChangedTable, ChangeKind, ChangeSet, FeedHead, keep, release
from models.people import Consent, Person, PersonSource, Region
from models.volunteers import Organisation, Volunteer, VolunteerDirection
from tests.importers.samples import NATION, volunteer
from tests.models.tables import KEY, organisation

pytestmark = pytest.mark.usefixtures("database")
on_postgres = pytest.mark.parametrize("server", ["postgres"], indirect=True)
Change = tuple[str, int, int, int]


async def changed(position: int) -> list[list[Change]]:
    """Return what each change set of the kind SQL after a position changed."""
    found = await ChangeSet.filter(position__gt=position).order_by("position")
    assert {item.kind for item in found} <= {ChangeKind.SQL}
    assert all(item.committed_at for item in found)
    return [
        [
            (table.name, table.added, table.updated, table.deleted)
            for table in await ChangedTable.filter(change_set=item.id).order_by("name")
        ]
        for item in found
    ]


async def head() -> int:
    """Return the last position, which is that of a change set."""
    position = int((await FeedHead.get()).position)
    assert await ChangeSet.exists(position=position)
    return position


async def last() -> int:
    """Return the number of the last change set."""
    return int((await ChangeSet.get(position=await head())).id)


async def test_an_inserted_record_gets_a_change_set() -> None:
    before = await head()
    await fetch(organisation(KEY, "1"))
    assert await changed(before) == [[("organisations", 1, 0, 0)]]
    found = await Organisation.get()
    assert (found.version, found.change_set) == (1, await last())


async def test_an_updated_record_gets_a_change_set_and_the_next_version() -> None:
    before = await head()
    await fetch("UPDATE regions SET name_en = 'X' WHERE code = 'KZ-75'")
    assert await changed(before) == [[("regions", 0, 1, 0)]]
    found = await Region.get(code="KZ-75")
    assert (found.version, found.change_set) == (2, await last())
    await fetch("UPDATE regions SET name_en = 'Y' WHERE code = 'KZ-75'")
    found = await Region.get(code="KZ-75")
    assert (found.version, found.change_set) == (3, await last())
    assert await Region.filter(version=1).count() == 19


async def test_a_deleted_record_leaves_a_change_set() -> None:
    await fetch(organisation(KEY, "1"))
    before = await head()
    await fetch("DELETE FROM organisations")
    assert await changed(before) == [[("organisations", 0, 0, 1)]]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE regions SET name_en = name_en, kind = kind",
        "UPDATE regions SET name_folded = 'anything', name_kk_key = 'anything'",
        "UPDATE regions SET name_en = 'X' WHERE code = 'none'",
        "DELETE FROM regions WHERE code = 'none'",
        "DELETE FROM volunteer_directions WHERE direction = 'ANIMALS'",
        "UPDATE volunteer_directions SET direction = direction",
        "INSERT INTO issuers (id, since) VALUES ('an issuer', '2025-01-01 00:00:00+00:00')",
    ],
)
async def test_what_changes_no_record_leaves_no_change_set(sql: str) -> None:
    await load("volunteers", [volunteer(1)])
    before = await head(), await ChangeSet.all().count(), await Volunteer.get()
    await fetch(sql)
    assert (await head(), await ChangeSet.all().count()) == before[:2]
    assert (await Volunteer.get()).version == before[2].version == 1


async def test_a_changed_link_raises_the_version_of_its_owner() -> None:
    await load("volunteers", [volunteer(1), volunteer(2)])
    for version, sql in enumerate(
        [
            "UPDATE volunteer_directions SET direction = 'ANIMALS' WHERE direction = 'SPORT' AND "
            "volunteer_id IN (SELECT id FROM volunteers WHERE source_id = '1')",
            "DELETE FROM volunteer_directions WHERE direction = 'ANIMALS'",
            "INSERT INTO volunteer_directions (volunteer_id, direction) "
            "SELECT id, 'ANIMALS' FROM volunteers WHERE source_id = '1'",
        ],
        2,
    ):
        before = await head()
        await fetch(sql)
        assert await changed(before) == [[("volunteers", 0, 1, 0)]]
        found = await Volunteer.get(source_id="1")
        assert (found.version, found.change_set) == (version, await last())
    assert (await Volunteer.get(source_id="2")).version == 1


async def test_a_link_that_moves_raises_the_versions_of_both_owners() -> None:
    await load("volunteers", [volunteer(1), volunteer(2, directions="ANIMALS")])
    await fetch(
        "UPDATE volunteer_directions SET volunteer_id = "
        "(SELECT id FROM volunteers WHERE source_id = '1') WHERE direction = 'ANIMALS'"
    )
    assert await Volunteer.filter(version=2).count() == 2


async def test_a_deleted_record_takes_its_links_with_it() -> None:
    await load("volunteers", [volunteer(1), volunteer(2)])
    before = await head()
    await fetch("DELETE FROM volunteers WHERE source_id = '1'")
    assert await Volunteer.all().count() == 1
    assert await VolunteerDirection.all().count() == 2
    found = [change for changes in await changed(before) for change in changes]
    assert ("volunteers", 0, 0, 1) in found
    await fetch("DELETE FROM people WHERE id NOT IN (SELECT person_id FROM volunteers)")
    assert (await PersonSource.all().count(), await Person.all().count()) == (1, 1)


async def test_consents_go_with_their_person_and_are_counted() -> None:
    for kind in ("people", "consents"):
        assert (await load(kind, NATION[kind])).committed
    before = await head()
    await fetch("DELETE FROM people")
    assert await Consent.all().count() == 0
    found = [change for changes in await changed(before) for change in changes]
    assert sum(deleted for table, _, _, deleted in found if table == "consents") == 2
    assert ("people", 0, 0, 1) in found


@on_postgres
async def test_a_transaction_is_one_change_set() -> None:
    await load("volunteers", [volunteer(1), volunteer(2)])
    before = await head()
    async with transaction():
        await fetch(organisation(KEY, "1"))
        await fetch("UPDATE volunteers SET silver = true")
        await fetch("UPDATE volunteers SET status = 'INACTIVE'")
        await fetch("DELETE FROM volunteer_directions WHERE direction = 'SPORT'")
        await fetch("UPDATE regions SET name_en = 'X'")
    assert await changed(before) == [
        [("organisations", 1, 0, 0), ("regions", 0, 20, 0), ("volunteers", 0, 2, 0)]
    ]
    assert await Volunteer.filter(version=2, change_set=await last()).count() == 2


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_each_row_is_a_change_set_on_sqlite() -> None:
    before = await head()
    await fetch("UPDATE regions SET name_en = 'X' WHERE code IN ('KZ-75', 'KZ-79')")
    assert await changed(before) == [[("regions", 0, 1, 0)]] * 2
    before = await head()
    async with transaction():
        await fetch("UPDATE regions SET name_en = 'Y' WHERE code = 'KZ-75'")
        await fetch(organisation(KEY, "1"))
    assert await changed(before) == [[("regions", 0, 1, 0)], [("organisations", 1, 0, 0)]]


@on_postgres
async def test_an_emptied_table_leaves_a_change_set() -> None:
    await load("volunteers", [volunteer(1), volunteer(2)])
    before = await head()
    await fetch("TRUNCATE volunteer_directions")
    assert await changed(before) == [[("volunteers", 0, 2, 0)]]
    before = await head()
    await fetch("TRUNCATE people CASCADE")
    assert await changed(before) == [[("people", 0, 0, 2), ("volunteers", 0, 0, 2)]]


@on_postgres
async def test_the_position_is_taken_last() -> None:
    """No other trigger is deferred, so that none runs after the one that takes the position."""
    rows = await fetch("SELECT tgname::text FROM pg_trigger WHERE tgdeferrable")
    assert [tuple(row) for row in rows] == [("change_sets_close",)]
    before = await head()
    async with transaction():
        await fetch("UPDATE regions SET name_en = 'X'")
        assert (await FeedHead.get()).position == before
    assert (await FeedHead.get()).position == before + 1


async def test_a_rolled_back_statement_leaves_nothing() -> None:
    before = await head(), await ChangeSet.all().count()

    async def fail() -> None:
        async with transaction():
            await fetch("UPDATE regions SET name_en = 'X'")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await head(), await ChangeSet.all().count()) == before
    assert await Region.filter(version=1).count() == 20


async def test_a_migration_may_alter_the_columns_that_triggers_name() -> None:
    await release()
    if dialect().name == "postgres":
        await fetch("ALTER TABLE regions ALTER name_en TYPE text")
    await fetch("UPDATE regions SET name_en = 'X' WHERE code = 'KZ-75'")
    assert (await Region.get(code="KZ-75")).version == 1
    await keep()
    await fetch("UPDATE regions SET name_en = 'Y' WHERE code = 'KZ-75'")
    assert (await Region.get(code="KZ-75")).version == 2
