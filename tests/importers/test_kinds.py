"""Every kind of record, from its columns to its tables."""

from decimal import Decimal

import pytest

from erikti.importers import KINDS, documentation, load
from erikti.importers.headings import heading_of, same
from models.cis_forum import ForumSession
from models.volunteers import Enquiry, Grant
from tests.importers.samples import NATION, count, load_nation, one, outcome


@pytest.mark.parametrize("kind", KINDS)
def test_headings_in_three_languages_name_one_column_each(kind: str) -> None:
    owners: dict[str, str] = {}
    for column in KINDS[kind].columns:
        heading = heading_of(column.name)
        titles = (heading.kk, heading.ru, heading.en, heading.whole)
        for spelling in {same(text) for text in (column.name, *titles)}:
            assert owners.setdefault(spelling, column.name) == column.name


def test_a_column_without_a_heading_is_named() -> None:
    with pytest.raises(LookupError, match="Column nonsense has no meaning: add it to MEANINGS"):
        heading_of("nonsense")


def test_samples_cover_every_kind() -> None:
    assert NATION.keys() == KINDS.keys()


def test_the_page_matches_the_definitions() -> None:
    assert documentation.PAGE.read_text(encoding="utf-8") == documentation.page(), "run make docs"


@pytest.mark.usefixtures("database")
async def test_every_kind_goes_in_and_twice_changes_nothing() -> None:
    for kind, rows in NATION.items():
        report = await load(kind, rows)
        new = 0 if kind == "laureates" else len(rows)
        assert outcome(report) == (new, len(rows) - new, 0, 0), (kind, report.problems)
        assert report.committed
    for kind, rows in NATION.items():
        if kind != "nominations":
            assert outcome(await load(kind, rows)) == (0, 0, len(rows), 0), kind


@pytest.mark.usefixtures("database")
async def test_values_arrive_as_they_were_meant() -> None:
    await load_nation()
    assert (await Grant.get(source_id="G1")).amount == Decimal("1500000.50")
    assert (await Grant.get(source_id="G2")).currency == "USD"
    enquiry = await Enquiry.get(source_id="E1")
    assert enquiry.opened_at.isoformat() == "2025-02-01T04:30:00+00:00"
    session = await ForumSession.get(source_id="S2")
    assert session.starts_at.isoformat() == "2025-09-01T06:00:00+00:00"
    assert await one("SELECT stage FROM nominations WHERE source_id = 'N1'") == "LAUREATE"
    assert await one("SELECT hours_total FROM volunteers WHERE source_id = '1'") == 65
    assert await one("SELECT region_id FROM front_offices WHERE source_id = 'FO-75'") == "KZ-75"
    assert await count("delegate_sessions") == 2
    assert await count("project_goals") == 2
    assert await count("placement_goals", "goal_id = 3") == 1
    silver = await one(
        "SELECT count(*) FROM volunteers WHERE silver AND organisation_id IS NOT NULL"
    )
    assert silver == 1


@pytest.mark.usefixtures("database")
async def test_one_person_in_four_domains_is_one_person() -> None:
    await load_nation()
    person = "(SELECT person_id FROM person_sources WHERE identifier = 'P1')"
    assert await count("placements", f"person_id = {person}") == 1
    assert await count("nominations", f"nominee_person_id = {person}") == 1
    assert await count("grants", f"recipient_person_id = {person}") == 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("organisations", {"name_ru": None}, "REQUIRED"),
        ("front-offices", {"kind": "REGIONAL"}, "REGION_OF_KIND"),
        ("projects", {"ends_on": "2024-01-01"}, "INVALID_PERIOD"),
        ("projects", {"goals": "18"}, "OUT_OF_RANGE"),
        ("participations", {"volunteer": "missing"}, "REFERENCE_NOT_FOUND"),
        ("participations", {"hours": "-1"}, "OUT_OF_RANGE"),
        ("participations", {"hours": "1.25"}, "INVALID_NUMBER"),
        ("grants", {"recipient_person": "P1"}, "REQUIRED"),
        ("grants", {"amount": "0"}, "OUT_OF_RANGE"),
        ("grants", {"currency": "ABC"}, "UNKNOWN_CURRENCY"),
        ("good-deeds", {"region": "Atlantis"}, "UNKNOWN_REGION"),
        ("enquiries", {"resolved_at": "2025-01-01T00:00:00Z"}, "INVALID_PERIOD"),
        ("forum-sessions", {"ends_at": "2025-09-01T09:00:00Z"}, "INVALID_PERIOD"),
        ("delegations", {"country": "XX"}, "UNKNOWN_COUNTRY"),
        ("delegations", {"forum": 1999}, "REFERENCE_NOT_FOUND"),
        ("delegates", {"sessions": "S1;S9"}, "REFERENCE_NOT_FOUND"),
        ("delegates", {"country": "KG"}, "REFERENCE_NOT_FOUND"),
        ("placements", {"host_entity": "NONE"}, "REFERENCE_NOT_FOUND"),
        ("nominations", {"nominee_organisation": "O1"}, "REQUIRED"),
        ("nominations", {"category": "NONE"}, "REFERENCE_NOT_FOUND"),
        ("laureates", {"expert_score": "101"}, "OUT_OF_RANGE"),
        ("people", {"birth_date": "2999-01-01"}, "INVALID_DATE"),
        ("people", {"birth_date": "2190-01-01"}, "INVALID_DATE"),
        ("consents", {"person": "missing"}, "REFERENCE_NOT_FOUND"),
        ("consents", {"purpose": "curiosity"}, "UNKNOWN_VALUE"),
        ("consents", {"recipient_country": "XX"}, "UNKNOWN_COUNTRY"),
        ("consents", {"expires_on": None}, "REQUIRED"),
        ("consents", {"expires_on": "2025-02-28"}, "INVALID_PERIOD"),
        ("consents", {"withdrawn_on": "2025-02-28"}, "INVALID_PERIOD"),
    ],
)
async def test_wrong_rows_of_every_kind(kind: str, change: dict[str, object], code: str) -> None:
    await load_nation()
    table = KINDS[kind].model._meta.db_table
    before = await count(table)
    rows = [{**NATION[kind][0], "source_id": "new", **change}]
    report = await load(kind, rows)
    assert [problem.code for problem in report.problems] == [code]
    assert outcome(report)[3] == 1
    assert not report.committed
    assert await count(table) == before


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("organisations", "bin"),
        ("front-offices", "region"),
        ("forums", "year"),
        ("host-entities", "acronym"),
        ("award-editions", "year"),
        ("award-categories", "code"),
        ("delegations", "country"),
        ("delegates", "person_id"),
        ("volunteers", "person_id"),
    ],
)
async def test_a_unique_violation_names_the_other_record(kind: str, column: str) -> None:
    await load_nation()
    old = NATION[kind][-1 if kind == "front-offices" else 0]
    same_person = {"person_id": f"volunteers:{old['source_id']}"} if kind == "volunteers" else {}
    again = {**old, **same_person, "source_id": "again"}
    report = await load(kind, [again, {**again, "source_id": "third"}])
    assert [(p.column, p.code) for p in report.problems] == [(column, "CONFLICT")] * 2
    first, second = report.problems
    assert str(old["source_id"]) in first.reason
    assert "row 1" in second.reason
