"""All problems of all rows in one run, in the order of the rows."""

from pathlib import Path

import pytest

from erikti.importers import ReportFile, load, load_file
from tests.importers.samples import NATION, codes, listed, outcome, row, volunteer, volunteers

pytestmark = pytest.mark.usefixtures("database")


async def test_a_row_has_its_problems_of_cells_rules_and_references_at_once() -> None:
    wrong = row(
        "G1", recipient_organisation="O9", recipient_person="P9", amount="much",
        currency="KZT", awarded_on="2025-03-01", status="ACTIVE",
    )  # fmt: skip
    report = await load("grants", [wrong])
    assert codes(report) == [
        (1, "amount", "INVALID_NUMBER"),
        (1, "recipient_organisation", "REFERENCE_NOT_FOUND"),
        (1, "recipient_person", "REFERENCE_NOT_FOUND"),
        (1, "recipient_person", "REQUIRED"),
    ]
    assert outcome(report) == (0, 0, 0, 1)


async def test_a_list_of_references_is_checked_beside_a_wrong_cell() -> None:
    delegate = {**NATION["delegates"][0], "role": "EMPEROR"}
    assert {code for *_, code in codes(await load("delegates", [delegate]))} == {
        "UNKNOWN_VALUE",
        "REFERENCE_NOT_FOUND",
    }


async def test_a_wrong_cell_causes_no_other_problem() -> None:
    project = {**NATION["projects"][0], "ends_on": "never", "organisation": ""}
    unknown_source = {**NATION["participations"][0], "source_system": "=1"}
    assert codes(await load("projects", [project])) == [(1, "ends_on", "INVALID_DATE")]
    assert codes(await load("participations", [unknown_source])) == [
        (1, "source_system", "FORMULA")
    ]


async def test_a_repeated_identifier_is_reported_although_the_first_row_is_rejected() -> None:
    rows = [volunteer(1, status="ASLEEP"), volunteer(1)]
    assert codes(await load("volunteers", rows, on_error="skip")) == [
        (1, "status", "UNKNOWN_VALUE"),
        (2, "source_id", "DUPLICATE"),
    ]


async def test_problems_and_warnings_are_listed_in_the_order_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    same = "Sample,Example,1990-01-01"
    path.write_text(
        "source_system,source_id,family_name,given_name,birth_date,citizenship\n"
        f"A,1,{same},KZ\nA,2,{same},KZ\nA,3,{same},Atlantis\nA,4,{same},KZ\n"
        "A,5,=1,Example,never,KZ\nA,2,Sample,Example,,KZ\n",
        encoding="utf-8",
    )
    with ReportFile(tmp_path / "report.json") as file:
        report = await load_file("people", path, report_file=file, on_error="skip")
    assert [(r["severity"], r["line"], r["code"]) for r in listed(file.rows_path)] == [
        ("Warning", "3", "LIKELY_DUPLICATE"),
        ("Rejected", "4", "UNKNOWN_COUNTRY"),
        ("Warning", "5", "LIKELY_DUPLICATE"),
        ("Rejected", "6", "FORMULA"),
        ("Rejected", "6", "INVALID_DATE"),
        ("Rejected", "7", "DUPLICATE"),
    ]
    assert (report.rejected, report.warned, report.accepted) == (3, 2, 3)


async def test_rows_before_the_place_where_a_file_breaks_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "volunteers.jsonl"
    path.write_text('{"source_system": "A", "source_id": "1", "status": "ASLEEP"}\n{', "utf-8")
    report = await load_file("volunteers", path, on_error="skip")
    assert report.failure is not None
    assert (report.failure.code, report.failure.place) == ("BROKEN_JSON", "line 2")
    assert (1, "status", "UNKNOWN_VALUE") in codes(report)
    assert not report.committed


async def test_all_rows_are_checked_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erikti.importers.engine.BATCH", 2)
    rows = volunteers(5)
    rows[0]["region"] = rows[4]["region"] = "Atlantis"
    rows[3]["organisation"] = "O9"
    report = await load("volunteers", rows)
    assert [(p.row, p.code) for p in report.problems] == [
        (1, "UNKNOWN_REGION"),
        (4, "REFERENCE_NOT_FOUND"),
        (5, "UNKNOWN_REGION"),
    ]
