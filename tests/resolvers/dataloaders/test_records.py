"""Loading of records by key and of the few that belong to others, in the requested order."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from erikti.auth.principal import PUBLIC
from erikti.database.connection import dialect, fetch
from models.people import PersonSource, Region
from models.volunteers import Project, Volunteer
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.cis_forum import DELEGATE_SESSIONS, FORUM_SESSIONS
from resolvers.dataloaders.found import AllOf, OneBy, ValuesBy
from resolvers.dataloaders.listings import ANY, GroupRequest, PageRequest
from resolvers.dataloaders.lists import lists, lists_by, lists_through
from resolvers.dataloaders.people import ALL_REGIONS, PERSON_SOURCES, SMALL
from resolvers.dataloaders.volunteers import (
    HOURS_OF_PROJECT,
    PARTICIPATIONS,
    PROJECT_DIRECTIONS,
    PROJECT_GOALS,
    VOLUNTEERS,
)
from resolvers.relations import loaded
from tests.resolvers.dataloaders.by_hand import SESSIONS, Records, plain
from tests.support.queries import REGISTRAR, statements

pytestmark = pytest.mark.usefixtures("open_nation")


def stored(keys: list[Any]) -> list[Any]:
    """Return keys in the form of rows."""
    return [dialect().encode(Volunteer._meta.pk, key) for key in keys]


@pytest.mark.parametrize("found", SMALL, ids=lambda found: found.model.__name__)
async def test_small_tables_have_as_many_records_as_declared(found: AllOf[Any]) -> None:
    """The size is what lists of them cost; a much larger one would refuse operations."""
    stored = await found.model.all().count()
    assert stored <= found.most <= 1.1 * stored


async def test_records_come_in_the_order_of_their_keys_and_none_where_there_is_none() -> None:
    volunteers = await Volunteer.all().limit(5)
    keys = stored([volunteers[n].id for n in (3, 0, 4, 3)])
    absent = stored(["019ab000-0000-7000-8000-000000000000"])
    loader = Loaders(REGISTRAR).of(OneBy(Volunteer, "id"))
    rows = await loaded(loader.load_many([*keys, *absent, None]))
    assert [row and plain(row.id) for row in rows] == [
        *(volunteers[n].id for n in (3, 0, 4, 3)),
        None,
        None,
    ]
    first, given = rows[1], volunteers[0]
    assert first is not None
    assert (first.status, first.silver) == (given.status.value, given.silver)
    assert (first.registered_on, first.hours_total) == (given.registered_on, given.hours_total)
    assert first.organisation_id is None or isinstance(plain(first.organisation_id), type(given.id))


async def test_a_record_that_the_caller_does_not_see_is_none() -> None:
    volunteer = await Volunteer.first()
    assert volunteer is not None
    key = stored([volunteer.id])
    by_id = OneBy(Volunteer, "id")
    seen = await loaded(Loaders(REGISTRAR).of(by_id).load_many(key))
    hidden = await loaded(Loaders(PUBLIC).of(by_id).load_many(key))
    assert seen[0] is not None
    assert hidden == [None]


async def test_the_whole_of_a_small_table_comes_in_its_order() -> None:
    loaders = Loaders(REGISTRAR)
    regions = await loaders.of(ALL_REGIONS).load(None)
    assert [row.code for row in regions] == sorted([row.code for row in await Region.all()])


async def test_values_of_records_come_in_order_and_none_where_there_are_none(
    records: Records,
) -> None:
    loaders = Loaders(REGISTRAR)
    keys = [project["id"] for project in records.rows[Project]]
    for link in (PROJECT_GOALS, PROJECT_DIRECTIONS):
        loader = loaders.of(ValuesBy(link))
        ties = records.ties[link.model]
        values = await loaded(loader.load_many(stored(keys)))
        assert values == [sorted(ties.get(key, [])) for key in keys]
        assert sum(map(len, values)) == sum(map(len, ties.values())) > 0
    assert (
        await loaders.of(ValuesBy(PROJECT_GOALS)).load(
            stored([records.rows[Volunteer][0]["id"]])[0]
        )
        == []
    )


async def test_the_few_records_of_others_come_with_them_in_the_order_of_their_keys() -> None:
    by_person: dict[Any, list[Any]] = defaultdict(list)
    for source in await PersonSource.all().order_by("id").values("id", "person_id"):
        by_person[source["person_id"]].append(source["id"])
    keys = sorted(by_person, key=lambda key: (-len(by_person[key]), key))[:50]
    absent = "019ab000-0000-7000-8000-000000000000"
    some = Loaders(REGISTRAR).lists(lists_by(PERSON_SOURCES, "person_id"))
    pages = await loaded(some.pages(PageRequest(20)).load_many(stored([*keys, absent])))
    found = [[plain(row.id) for row in page.rows] for page in pages]
    assert found == [*map(by_person.get, keys), []]
    assert len(found[0]) > 1


async def test_sums_are_those_of_the_records_and_nothing_without_any(records: Records) -> None:
    hours: dict[Any, Decimal] = defaultdict(Decimal)
    for row in records.rows[PARTICIPATIONS.model]:
        hours[row["project_id"]] += row["hours"]
    keys = [project["id"] for project in records.rows[Project]]
    loader = Loaders(REGISTRAR).of(HOURS_OF_PROJECT)
    assert await loader.load_many(stored(keys)) == [hours.get(key, 0) for key in keys]  # type: ignore[misc]
    assert await loader.load(stored([records.rows[Volunteer][0]["id"]])[0]) == 0
    hidden = await loaded(Loaders(PUBLIC).of(HOURS_OF_PROJECT).load_many(stored(keys)))
    assert set(hidden) == {0}


async def test_the_same_question_takes_one_statement_for_every_caller() -> None:
    codes = [row[0] for row in await fetch("SELECT code FROM regions")]
    some = Loaders(REGISTRAR).lists(lists_by(VOLUNTEERS, "region_id"))
    with statements() as made:
        answers = [some.pages(PageRequest(2)).load_many([code]) for code in codes]
        pages = [(await loaded(answer))[0] for answer in answers]
    assert len(made) == 1
    assert [page.rows[0].region_id for page in pages] == codes


async def test_whole_lists_and_lists_by_parent_are_counted_by_their_loaders(
    records: Records,
) -> None:
    loaders = Loaders(REGISTRAR)
    volunteers = records.rows[Volunteer]
    assert await loaders.lists(lists(VOLUNTEERS)).counts(ANY).load(None) == len(volunteers)
    own = [row for row in volunteers if row["region_id"] == "KZ-75"]
    by_region = loaders.lists(lists_by(VOLUNTEERS, "region_id"))
    assert await by_region.counts(ANY).load("KZ-75") == len(own) > 0
    groups = await by_region.groups(GroupRequest(("silver",), 5)).load("KZ-75")
    assert sum(group.count or 0 for group in groups.rows) == len(own)
    assert {group.keys["silver"] for group in groups.rows} == {row["silver"] for row in own}
    sessions = loaders.lists(lists_through(FORUM_SESSIONS, DELEGATE_SESSIONS))
    ties = records.ties[SESSIONS.model]
    counts = await loaded(sessions.counts(ANY).load_many(stored(list(ties))))
    assert counts == [len(values) for values in ties.values()]
