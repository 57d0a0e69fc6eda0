"""Imports of a file of volunteers: first, repeated, changed and invalid."""

from datetime import date

import pytest

from erikti.importers import UnusableFileError, load
from erikti.importers.engine import BATCH
from tests.importers.samples import (
    NATION,
    PERSON,
    codes,
    count,
    counts,
    load_nation,
    one,
    outcome,
    row,
    volunteer,
    volunteers,
)

pytestmark = pytest.mark.usefixtures("database")


async def test_a_first_import_makes_people_sources_and_directions() -> None:
    assert outcome(await load("volunteers", volunteers(20))) == (20, 0, 0, 0)
    assert await counts() == {
        "people": 20,
        "person_sources": 20,
        "volunteers": 20,
        "volunteer_directions": 40,
        "organisations": 0,
    }
    assert (
        await one("SELECT display_name FROM people WHERE family_name = 'Sampled'") == "Example S."
    )
    assert str(await one("SELECT min(birth_date) FROM people")) == "1990-01-01"
    assert await count("people", "sex = 'MALE'") == 20


async def test_the_same_file_twice_changes_nothing_over_several_batches() -> None:
    rows = volunteers(600) + [volunteer(n, birth_date=f"1991-02-{n % 28 + 1:02}")
                              for n in range(600, BATCH + 100)]  # fmt: skip
    first = await load("volunteers", rows)
    assert outcome(first) == (len(rows), 0, 0, 0)
    before = await one("SELECT count(*) FROM people")
    assert outcome(await load("volunteers", rows)) == (0, 0, len(rows), 0)
    assert await one("SELECT count(*) FROM people") == before


async def test_typed_rows_equal_rows_as_text() -> None:
    rows = volunteers(3)
    await load("volunteers", rows)
    typed = [
        {
            **r,
            "registered_on": date(2025, 1, 31),
            "silver": False,
            "directions": ["SPORT", "ECOLOGY"],
        }
        for r in rows
    ]
    assert outcome(await load("volunteers", typed)) == (0, 0, 3, 0)


async def test_only_what_differs_is_updated() -> None:
    rows = volunteers(4)
    await load("volunteers", rows)
    rows[0]["status"] = "INACTIVE"
    rows[1]["directions"] = "SPORT; CULTURE"
    rows[2]["family_name"] = "Renamed"
    assert outcome(await load("volunteers", rows)) == (0, 3, 1, 0)
    assert await count("volunteers", "status = 'INACTIVE'") == 1
    assert await count("volunteer_directions", "direction = 'CULTURE'") == 1
    assert await count("volunteer_directions") == 8
    assert await count("people", "display_name = 'Example R.'") == 1


async def test_a_blank_cell_clears_and_a_missing_column_keeps() -> None:
    await load_nation()
    kept = {
        k: v for k, v in NATION["volunteers"][0].items() if k not in ("organisation", "directions")
    }
    assert outcome(await load("volunteers", [kept])) == (0, 0, 1, 0)
    blank = {**kept, "organisation": "", "directions": None}
    assert outcome(await load("volunteers", [blank])) == (0, 1, 0, 0)
    assert await count("volunteers", "organisation_id IS NOT NULL") == 0
    assert await count("volunteer_directions") == 0


async def test_rows_of_different_shapes_are_distinguished() -> None:
    await load_nation()
    first, second = NATION["volunteers"]
    kept = {k: v for k, v in first.items() if k != "silver"}
    report = await load("volunteers", [kept, {**second, "silver": "yes"}])
    assert outcome(report) == (0, 1, 1, 0)
    assert await count("volunteers", "silver") == 2


async def test_the_front_office_is_that_of_the_region_where_none_is_named() -> None:
    await load_nation()
    report = await load("volunteers", [volunteer(7), volunteer(8, front_office="FO")])
    assert outcome(report) == (2, 0, 0, 0)
    office = (
        "SELECT source_id FROM front_offices WHERE id = (SELECT front_office_id FROM volunteers"
    )
    assert await one(f"{office} WHERE source_id = '7')") == "FO-75"
    assert await one(f"{office} WHERE source_id = '8')") == "FO"


async def test_one_invalid_row_rejects_all_and_all_problems_are_reported() -> None:
    rows = volunteers(BATCH // 100)
    rows[1].update(iin="791028302729", status="ASLEEP")
    rows[3]["registered_on"] = "2025-02-30"
    rows[5]["organisation"] = "unknown"
    report = await load("volunteers", rows)
    assert codes(report) == [
        (2, "iin", "IIN_CHECK_DIGIT"),
        (2, "status", "UNKNOWN_VALUE"),
        (4, "registered_on", "INVALID_DATE"),
        (6, "organisation", "REFERENCE_NOT_FOUND"),
    ]
    assert (report.rejected, report.committed, report.exit_code) == (3, False, 1)
    assert set((await counts()).values()) == {0}
    assert {p.value for p in report.problems if p.row == 4} == {"2025-02-30"}


async def test_skip_takes_the_good_rows() -> None:
    rows = volunteers(10)
    rows[4]["region"] = "Atlantis"
    report = await load("volunteers", rows, on_error="skip")
    assert outcome(report) == (9, 0, 0, 1)
    assert (report.committed, report.exit_code) == (True, 1)
    assert await count("volunteers") == await count("people") == 9


async def test_a_row_that_comes_twice_names_the_first_across_batches() -> None:
    rows = [volunteer(n, birth_date="1980-01-01") for n in range(BATCH + 1)]
    rows.append({**rows[2], "family_name": "Other"})
    report = await load("volunteers", rows, on_error="skip")
    assert codes(report) == [(BATCH + 2, "source_id", "DUPLICATE")]
    assert "row 3 " in report.problems[0].reason


async def test_a_constraint_violation_rejects_only_the_violating_rows() -> None:
    await load_nation()
    rows = [
        {**NATION["projects"][0], "source_id": f"X{n}", "ends_on": "2025-02-01"} for n in range(9)
    ]
    await load("projects", rows)
    late = [{k: v for k, v in r.items() if k != "ends_on"} for r in rows]
    late[4]["starts_on"] = late[7]["starts_on"] = "2025-03-01"
    late[5]["status"] = "COMPLETED"
    report = await load("projects", late, on_error="skip")
    assert [(p.row, p.code) for p in report.problems] == [(5, "CONSTRAINT"), (8, "CONSTRAINT")]
    assert outcome(report) == (0, 1, 6, 2)


async def test_hours_follow_their_participations() -> None:
    await load_nation()
    moved = {**NATION["participations"][0], "volunteer": "2"}
    assert outcome(await load("participations", [moved])) == (0, 1, 0, 0)
    assert await one("SELECT hours_total FROM volunteers WHERE source_id = '1'") == 40
    assert await one("SELECT hours_total FROM volunteers WHERE source_id = '2'") == 25
    again = {**NATION["volunteers"][0], "status": "INACTIVE"}
    await load("volunteers", [again])
    assert await one("SELECT hours_total FROM volunteers WHERE source_id = '1'") == 40


async def test_unknown_columns_reject_the_whole_import() -> None:
    rows = volunteers(3)
    rows[2]["shoe_size"] = 43
    with pytest.raises(UnusableFileError) as refusal:
        await load("volunteers", rows, on_error="skip")
    assert (refusal.value.code, refusal.value.place) == ("UNKNOWN_COLUMN", "row 3")
    assert "shoe_size" in refusal.value.reason
    assert set((await counts()).values()) == {0}


async def test_the_system_can_be_given_once() -> None:
    rows = [{k: v for k, v in r.items() if k != "source_system"} for r in volunteers(2)]
    assert outcome(await load("volunteers", rows))[3] == 2
    assert outcome(await load("volunteers", rows, system="OTHER")) == (2, 0, 0, 0)
    assert await count("person_sources", "system = 'OTHER'") == 2


async def test_progress_reports_the_number_of_rows() -> None:
    done: list[int] = []
    await load("volunteers", volunteers(3), progress=done.append)
    assert done == [3]


async def test_references_stay_within_their_system() -> None:
    await load_nation()
    foreign = {**row("Z1", volunteer="1", project="PR1", hours=1, starts_on="2025-01-02"),
               "source_system": "ELSEWHERE"}  # fmt: skip
    report = await load("participations", [foreign])
    assert {code for _, _, code in codes(report)} == {"REFERENCE_NOT_FOUND"}


async def test_people_need_no_other_record() -> None:
    assert outcome(await load("people", [row("1", **PERSON)])) == (1, 0, 0, 0)
    assert outcome(await load("people", [row("1", **PERSON)])) == (0, 0, 1, 0)
    assert await count("people") == 1
