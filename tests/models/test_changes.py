"""Every transaction that changes records leaves one change set, and their versions say so."""

from collections.abc import Mapping

import pytest
from tortoise.exceptions import IntegrityError

from erikti.database.connection import fetch, transaction
from erikti.database.fields import derived
from erikti.importers import load
from models.base import Versioned
from models.changes import (
    ChangeKind,
    ChangeSet,
    FeedHead,
    Origin,
    change_set,
    keep,
    latest,
    links,
    record_table,
    records,
)
from models.cis_forum import Delegate, ForumSession
from models.migrate import migrate
from models.people import Person, Region
from models.volunteers import Volunteer
from tests.importers.samples import NATION, load_nation, row, volunteer
from tests.models.tables import KEY, MODELS, organisation

pytestmark = pytest.mark.usefixtures("database")
Counts = Mapping[str, tuple[int, int, int]]  # added, updated and deleted records by table


async def head() -> int:
    return int((await FeedHead.get()).position)


async def since(position: int) -> list[tuple[ChangeSet, Counts]]:
    """Return the change sets after a position, whose positions have no gaps."""
    found = [item for item in await latest(100) if (item[0].position or 0) > position]
    assert [item.position for item, _ in found] == list(range(position + 1, await head() + 1))
    return [(item, {t.name: (t.added, t.updated, t.deleted) for t in of}) for item, of in found]


async def only(position: int) -> tuple[ChangeSet, Counts]:
    (found,) = await since(position)
    return found


async def versions(model: type[Versioned]) -> list[tuple[int, int]]:
    """Return the versions and change sets of all records, sorted."""
    return sorted(await model.all().values_list("version", "change_set"))


async def test_an_import_leaves_one_change_set_and_stamps_its_records() -> None:
    before = await head()
    origin = Origin(ChangeKind.IMPORT, "a client", "a user", reason="a reason")
    await load("volunteers", [volunteer(1), volunteer(2)], origin=origin)
    found, counts = await only(before)
    said = (found.kind, found.client, found.subject, found.reason, found.position)
    assert said == (ChangeKind.IMPORT, "a client", "a user", "a reason", before + 1)
    assert found.committed_at is not None
    assert counts == {"people": (2, 0, 0), "volunteers": (2, 0, 0)}
    for model in (Volunteer, Person):
        assert await versions(model) == [(1, found.id)] * 2


async def test_an_import_that_changes_nothing_leaves_none() -> None:
    await load("volunteers", [volunteer(1)])
    before = await head(), await versions(Volunteer), await ChangeSet.all().count()
    await load("volunteers", [volunteer(1)])
    assert (await head(), await versions(Volunteer), await ChangeSet.all().count()) == before


async def test_a_rejected_import_leaves_none() -> None:
    before = await head(), await ChangeSet.all().count()
    await load("volunteers", [volunteer(1), volunteer(2, region="Atlantis")])
    assert (await head(), await ChangeSet.all().count()) == before
    assert await Volunteer.all().count() == 0


async def test_a_changed_record_gets_the_next_version_and_others_keep_theirs() -> None:
    await load("volunteers", [volunteer(1), volunteer(2)])
    (first, _), before = (await latest(1))[0], await head()
    await load("volunteers", [volunteer(1), volunteer(2, status="INACTIVE")])
    second, counts = await only(before)
    assert counts == {"volunteers": (0, 1, 0)}
    assert await versions(Volunteer) == [(1, first.id), (2, second.id)]
    assert await versions(Person) == [(1, first.id)] * 2


async def test_a_version_is_raised_once_for_a_change_set() -> None:
    await load("volunteers", [volunteer(1)])
    project = row(
        "PR1", title_en="A project", region="KZ-75", status="ACTIVE", starts_on="2025-01-01"
    )
    assert (await load("projects", [project])).committed
    before = await head()
    assert (await load("participations", NATION["participations"])).committed
    found, counts = await only(before)
    assert counts == {"participations": (2, 0, 0), "volunteers": (0, 1, 0)}
    assert await versions(Volunteer) == [(2, found.id)]


async def test_a_changed_link_is_a_change_of_its_owner() -> None:
    await load("volunteers", [volunteer(1), volunteer(2)])
    before = await head()
    await load("volunteers", [volunteer(1), volunteer(2, directions="SPORT")])
    found, counts = await only(before)
    assert counts == {"volunteers": (0, 1, 0)}
    assert (await versions(Volunteer))[1] == (2, found.id)


async def test_a_session_that_is_deleted_changes_its_delegates() -> None:
    await load_nation()
    before = await head()
    async with change_set(Origin(ChangeKind.IMPORT)):
        await ForumSession.filter(source_id="S1").delete()
    found, counts = await only(before)
    assert counts == {"forum_sessions": (0, 0, 1), "delegates": (0, 1, 0)}
    assert await versions(Delegate) == [(2, found.id)]
    async with change_set(Origin(ChangeKind.IMPORT)):
        await Delegate.all().delete()
    _, counts = await only(before + 1)
    assert counts == {"delegates": (0, 0, 1)}


async def test_a_failed_writer_leaves_nothing() -> None:
    before = await head(), await ChangeSet.all().count()

    async def fail() -> None:
        async with change_set(Origin(ChangeKind.MUTATION)):
            await fetch(organisation(KEY, "1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await head(), await ChangeSet.all().count()) == before
    await fetch(organisation(KEY, "1"))
    assert (await only(before[0]))[0].kind is ChangeKind.SQL


async def test_a_writer_may_undo_a_part() -> None:
    async def fail() -> None:
        async with transaction():
            await fetch("UPDATE regions SET name_en = 'X' WHERE code = 'KZ-75'")
            await fetch(organisation(KEY, "1", kind="'NONE'"))

    before = await head()
    async with change_set(Origin(ChangeKind.MUTATION)):
        with pytest.raises(IntegrityError):
            await fail()
        await fetch("UPDATE regions SET name_en = 'X' WHERE code = 'KZ-79'")
    found, counts = await only(before)
    assert (found.kind, counts) == (ChangeKind.MUTATION, {"regions": (0, 1, 0)})


async def test_reference_data_and_new_keys_are_written_by_migrations(database: str) -> None:
    before = await head()
    await migrate(database)
    assert await head() == before
    await fetch("UPDATE regions SET name_en = 'Wrong' WHERE code = 'KZ-75'")
    await migrate(database)
    (sql, _), (again, counts) = await since(before)
    assert (sql.kind, again.kind) == (ChangeKind.SQL, ChangeKind.MIGRATION)
    assert counts == {"regions": (0, 1, 0)}
    assert (await Region.get(code="KZ-75")).version == 3


async def test_records_of_earlier_versions_have_the_change_set_of_the_migration() -> None:
    (first, tables), *_ = await latest(100)
    assert (first.id, first.position, first.kind, tables) == (0, 0, ChangeKind.MIGRATION, [])
    await fetch("DELETE FROM feed_head")
    await fetch("DELETE FROM changed_tables")
    await fetch("DELETE FROM change_sets")
    await keep()
    (found, tables), *others = await latest(100)
    assert others == []
    assert (found.id, found.position, found.kind) == (0, 0, ChangeKind.MIGRATION)
    assert {table.name for table in tables} == {
        "countries",
        "published_figures",
        "regions",
        "sustainable_development_goals",
    }


def test_every_record_and_link_is_watched_by_all_of_its_columns() -> None:
    owners = {link.name: link.owners.name for link in links()}
    assert owners == {
        "delegate_sessions": "delegates",
        "field_sources": "people",
        "merged_people": "people",
        "person_sources": "people",
        "placement_goals": "placements",
        "project_directions": "projects",
        "project_goals": "projects",
        "volunteer_directions": "volunteers",
    }
    for model in records():
        watched = set(record_table(model).columns)
        rest = set(model._meta.fields_db_projection.values()) - watched
        assert rest == {"version", "change_set", *derived(model)}
    rest = {model.__name__ for model in MODELS if not issubclass(model, Versioned)}
    rest -= {model.__name__ for model in MODELS if model._meta.db_table in owners}
    assert {name for name in rest if "By" not in name} == {
        *("AccessIdentity", "AccessPerson", "AccessRecord"),
        *("ChangeSet", "ChangedTable", "FeedHead"),
        *("Issuer", "Job", "SealingKey", "Suppression", "TrustedDocument"),
    }
