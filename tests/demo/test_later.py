"""The country after the publication: it reaches to any day, and the published figures stay."""

import itertools
from collections import Counter
from datetime import date, timedelta

import pytest

from erikti.demo.build import DemoRefusedError, build
from erikti.demo.nation import LAST_DAY, PUBLISHED_ON, Nation, Row, ScaleError
from erikti.demo.tables import tables
from erikti.writing import identifiers
from models.people import Sex
from models.volunteers import Organisation, Participation, Project, Volunteer
from tests.demo.counting import FIGURES, rows_of, year_of

SCALE = 0.1
DAY = date(2026, 11, 30)
DAYS = [date(2025, 12, 18), date(2026, 1, 1), date(2026, 3, 1), DAY, date(2028, 2, 29), LAST_DAY]
# What a day changes in a record of an earlier one.
CHANGING = {
    "projects": {"status"},
    "grants": {"status"},
    "enquiries": {"status", "resolved_at"},
    "placements": {"status"},
    "delegates": {"status"},
    "nominations": {"stage", "votes", "expert_score", "citation"},
}
# The kinds of records of every month of a year, with the column of their day.
MONTHLY = {
    "volunteers": "registered_on",
    "participations": "ends_on",
    "enquiries": "opened_at",
    "projects": "starts_on",
    "organisations": "registered_on",
}


def nation(today: date, scale: float = SCALE) -> Nation:
    return Nation(scale, today=today)


def day_of(value: object) -> date:
    assert isinstance(value, date)
    return date(value.year, value.month, value.day)


@pytest.fixture(scope="module")
def later() -> dict[str, list[Row]]:
    """The rows of a day on which the award's experts have voted."""
    return {table.kind: list(table.rows()) for table in tables(nation(DAY))}


@pytest.mark.parametrize("today", DAYS)
def test_sizes_are_those_of_the_rows_and_identifiers_are_unique(today: date) -> None:
    for table in tables(nation(today, 0.01)):
        ids = [row.get("source_id") for row in table.rows()]
        assert len(ids) == table.size, table.kind
        assert len(set(ids)) == table.size, table.kind


@pytest.mark.parametrize(("before", "after"), [(PUBLISHED_ON, DAY), *itertools.pairwise(DAYS)])
def test_a_later_day_only_adds_records_and_moves_those_that_go_on(
    before: date, after: date
) -> None:
    new = rows_of(nation(after, 0.01))
    for table in tables(nation(before, 0.01)):
        known = {row["source_id"]: row for row in new(table.kind)}
        for row in table.rows():
            then = known[row["source_id"]]
            changed = {name for name in {*row, *then} if row.get(name) != then.get(name)}
            assert changed <= CHANGING.get(table.kind, set()), (table.kind, row)


@pytest.mark.parametrize("code", FIGURES)
def test_the_figures_up_to_2025_stay(code: str, later: dict[str, list[Row]]) -> None:
    year = 2026 if code.startswith("cis_forum") else 2024 if code.endswith("applicants") else 2025
    counted = FIGURES[code](later.__getitem__, year)
    assert counted == FIGURES[code](rows_of(Nation(SCALE)), year)


def test_every_month_up_to_today_has_records(later: dict[str, list[Row]]) -> None:
    for kind, column in MONTHLY.items():
        months = Counter(
            day_of(row[column]).month for row in later[kind] if year_of(row[column]) == 2026
        )
        assert set(months) >= set(range(1, 12)), kind
    assert {
        day_of(row["awarded_on"]).month
        for row in later["grants"]
        if year_of(row["awarded_on"]) == 2026
    } == set(range(2, 12))
    deeds = [row for row in later["good-deeds"] if row["edition"] == 2026]
    assert len(deeds) > 0.9 * sum(row["edition"] == 2025 for row in later["good-deeds"])
    for kind in ("volunteers", "participations", "grants", "projects"):
        years = Counter(year_of(row[MONTHLY.get(kind, "awarded_on")]) for row in later[kind])
        assert 0.8 < years[2026] / years[2025] < 1.6, (kind, years)


def test_nothing_is_recorded_after_today(later: dict[str, list[Row]]) -> None:
    planned = {row["source_id"] for row in later["projects"] if row["status"] == "PLANNED"}
    for kind, columns in {
        "volunteers": ("registered_on",),
        "participations": ("starts_on", "ends_on"),
        "enquiries": ("opened_at", "resolved_at"),
        "organisations": ("registered_on",),
        "grants": ("awarded_on",),
        "good-deeds": ("happened_on",),
        "placements": ("starts_on",),
        "placement-reports": ("submitted_on",),
    }.items():
        for row in later[kind]:
            assert all(row[name] is None or day_of(row[name]) <= DAY for name in columns), row
    assert planned
    assert not planned & {row["project"] for row in later["participations"]}
    assert not planned & {row.get("project") for row in later["grants"]}


def test_what_goes_on_is_at_its_stage(later: dict[str, list[Row]]) -> None:
    stages = Counter(row["stage"] for row in later["nominations"] if row["edition"] == 2026)
    assert stages["LAUREATE"] == 0 < stages["EXPERT_SCORE"]
    assert {row["status"] for row in later["placements"]} == {"ACTIVE", "COMPLETED"}
    assert {row["status"] for row in later["projects"]} == {"ACTIVE", "COMPLETED", "PLANNED"}
    assert {"AWARDED", "ACTIVE", "COMPLETED"} <= {row["status"] for row in later["grants"]}
    assert {"ATTENDED", "REJECTED"} <= {row["status"] for row in later["delegates"]}
    waiting = [row for row in later["enquiries"] if row["resolved_at"] is None]
    assert waiting
    assert {row["status"] for row in waiting} <= {"OPEN", "IN_PROGRESS"}
    assert min(day_of(row["opened_at"]) for row in waiting) > DAY - timedelta(30)


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (date(2026, 2, 28), None),
        (date(2026, 3, 15), "APPLICATION"),
        (date(2026, 10, 15), "SCREENING"),
        (date(2026, 11, 10), "PUBLIC_VOTE"),
        (date(2026, 12, 4), "EXPERT_SCORE"),
        (date(2026, 12, 5), "LAUREATE"),
    ],
)
def test_an_edition_passes_its_rounds(today: date, stage: str | None) -> None:
    rows = rows_of(nation(today, 0.01))
    edition = [row for row in rows("nominations") if row["edition"] == 2026]
    found = {str(row["stage"]) for row in edition}
    assert (stage in found) if stage else not found
    order = ["APPLICATION", "SCREENING", "PUBLIC_VOTE", "TOP_TEN", "EXPERT_SCORE", "LAUREATE"]
    assert max(map(order.index, found), default=None) == (order.index(stage) if stage else None)
    for row in edition:
        assert (row["votes"] is None) == (row["stage"] in ("APPLICATION", "SCREENING"))
        assert (row["expert_score"] is None) == (row["stage"] not in ("EXPERT_SCORE", "LAUREATE"))


def test_people_are_as_before(later: dict[str, list[Row]]) -> None:
    people = [row for row in later["volunteers"] if year_of(row["registered_on"]) > 2025]
    iins = [str(row["iin"]) for row in later["volunteers"] if row["iin"]]
    assert len(set(iins)) == len(iins)
    for row in people:
        born = row["birth_date"]
        if row["iin"]:
            assert identifiers.iin(str(row["iin"])) == row["iin"]
            assert identifiers.born(str(row["iin"])[:7]) == (born, row["sex"])
        assert 14 <= year_of(row["registered_on"]) - year_of(born) < 80
        assert row["silver"] == (year_of(row["registered_on"]) - year_of(born) > 55)
    share = sum(row["silver"] is True for row in people) / len(people)
    assert 0.01 < share < 0.03
    assert {row["sex"] for row in people} == set(Sex)


def test_participants_were_registered_before_their_project(later: dict[str, list[Row]]) -> None:
    registered = {row["source_id"]: day_of(row["registered_on"]) for row in later["volunteers"]}
    projects = {row["source_id"]: row for row in later["projects"]}
    pairs = Counter((row["volunteer"], row["project"]) for row in later["participations"])
    assert max(pairs.values()) == 1
    for row in later["participations"]:
        project = projects[row["project"]]
        first, last = day_of(row["starts_on"]), day_of(row["ends_on"])
        assert day_of(project["starts_on"]) <= first <= last <= day_of(project["ends_on"])
        assert registered[str(row["volunteer"])] <= first


@pytest.mark.usefixtures("database")
async def test_a_database_grows_with_the_days() -> None:
    await build(0.002)
    grown = await build(0.002, today=DAY)
    assert grown.accepted > 500
    assert grown.updated > 0
    assert await build(0.002, today=DAY) == type(grown)(
        0, 0, sum(table.size for table in tables(nation(DAY, 0.002))), 0
    )
    assert await Volunteer.all().count() > Nation(0.002).volunteers
    assert await Organisation.filter(registered_on__gt=PUBLISHED_ON).exists()
    assert await Project.filter(status="PLANNED").exists()
    volunteers = await Volunteer.all().values("hours_total")
    hours = sum(row["hours"] for row in await Participation.all().values("hours"))
    assert sum(row["hours_total"] for row in volunteers) == hours
    with pytest.raises(DemoRefusedError, match="of a later day"):
        await build(0.002)


@pytest.mark.parametrize("today", [PUBLISHED_ON - timedelta(1), LAST_DAY + timedelta(1)])
def test_a_day_out_of_bounds_is_an_error(today: date) -> None:
    with pytest.raises(ScaleError, match="the day must be from 2025-12-17 to 2035-12-31"):
        Nation(today=today)
