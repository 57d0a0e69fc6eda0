"""Import of the country: complete, idempotent, and never mixed with real records."""

from datetime import date

import pytest

from erikti.demo.build import DemoRefusedError, Summary, build
from erikti.demo.nation import Nation, ScaleError
from erikti.demo.tables import tables
from erikti.importers import load
from models.awards import AwardCategory, Nomination
from models.cis_forum import Delegation, Forum
from models.people import Person
from models.un_placements import Placement
from models.volunteers import (
    FrontOffice,
    GoodDeed,
    Grant,
    Organisation,
    Participation,
    Project,
    Volunteer,
)

SCALE = 0.01
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
REAL = {
    "source_system": "QAZVOLUNTEER",
    "source_id": "1",
    "family_name": "Мысалова",
    "given_name": "Мысал",
    "region": "KZ-71",
    "status": "ACTIVE",
    "registered_on": "2025-01-01",
}

pytestmark = pytest.mark.usefixtures("database")


async def test_every_row_goes_in_and_a_second_time_changes_nothing() -> None:
    size = sum(table.size for table in tables(Nation(SCALE)))
    calls: list[tuple[str, int, int]] = []
    first = await build(SCALE, progress=lambda *done: calls.append(done))
    assert (first.accepted, first.updated, first.unchanged) == (size, 0, 0)
    assert first.warned <= 5
    assert calls[0][2] == size
    assert calls[-1] == ("nominations", size, size)
    people = await Person.all().count()
    assert await build(SCALE) == Summary(accepted=0, updated=0, unchanged=size, warned=0)
    assert await Person.all().count() == people
    # Nominees, UN Volunteers and delegates from the registry are people of the registry.
    assert await Nomination.filter(country_id="KZ", nominee_person_id__isnull=False).exists()
    assert people == await Volunteer.all().count() + await Person.exclude(citizenship="KZ").count()


async def test_the_figures_that_stay_whole_are_counted_in_the_tables() -> None:
    await build(SCALE)
    assert await Organisation.all().count() == 811
    assert await FrontOffice.filter(kind="REGIONAL").count() == 20
    assert await Project.filter(starts_on__range=YEAR).count() == 56
    assert await Grant.filter(awarded_on__range=YEAR).count() == 60
    assert await Nomination.filter(stage="LAUREATE").count() == 297
    laureates = Nomination.filter(stage="LAUREATE").distinct()
    countries = {row["country_id"] for row in await laureates.values("country_id")}
    assert countries == {"KZ", "AZ", "KG", "TR", "UZ", "RU"}
    edition = Nomination.filter(edition__year=2025)
    assert await edition.exclude(stage="APPLICATION").count() == 174
    assert await AwardCategory.filter(edition__year=2025).count() == 15
    assert await Placement.filter(programme__kind="FULL_FUNDING").count() == 7
    assert await Placement.filter(programme__kind="IVY_COORDINATION").count() == 2
    assert (await Forum.get(year=2026)).host_city_en == "Astana"
    assert await Delegation.all().count() == 10
    assert await Volunteer.filter(status="ACTIVE").count() == 2_994
    assert await Volunteer.filter(status="ACTIVE", silver=True).count() == 60
    assert await GoodDeed.all().count() == 90


async def test_hours_add_up() -> None:
    await build(SCALE)
    volunteers = await Volunteer.all().values("hours_total")
    participations = await Participation.all().values("hours")
    total = sum(row["hours_total"] for row in volunteers)
    assert total == sum(row["hours"] for row in participations) > 0


async def test_a_broken_off_run_is_taken_up_again() -> None:
    for table in tables(Nation(SCALE))[:4]:
        await load(table.kind, table.rows())
    summary = await build(SCALE)
    assert summary.updated == 0
    assert await Nomination.filter(stage="LAUREATE").count() == 297


async def test_the_demo_is_rejected_if_there_are_real_records() -> None:
    await load("volunteers", [REAL])
    with pytest.raises(DemoRefusedError, match="1 volunteers"):
        await build(SCALE)
    assert await Volunteer.all().count() == 1
    assert await Organisation.all().count() == 0


@pytest.mark.parametrize(("scale", "seed"), [(0.02, None), (0.001, None), (SCALE, 1)])
async def test_another_country_is_rejected(scale: float, seed: int | None) -> None:
    await build(SCALE)
    before = await Volunteer.all().count()
    with pytest.raises(DemoRefusedError, match="another scale, seed or version"):
        await (build(scale) if seed is None else build(scale, seed))
    assert await Volunteer.all().count() == before


async def test_a_scale_out_of_bounds_writes_nothing() -> None:
    with pytest.raises(ScaleError):
        await build(0)
    assert await FrontOffice.all().count() == 0
