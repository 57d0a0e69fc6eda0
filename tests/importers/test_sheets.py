"""Sheets of XLSX files: which one is read, merged cells, and what is no readable workbook."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from erikti.importers import Report, load_file
from tests.importers.samples import codes, count, one, outcome, rezipped, table, volunteers

pytestmark = pytest.mark.usefixtures("database")

ROWS = volunteers(3)
LINES = table(ROWS)
Imported = Callable[..., Any]


def book(*sheets: tuple[str, str, list[list[Any]]]) -> openpyxl.Workbook:
    """Return a workbook of sheets: name, state, lines."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, state, lines in sheets:
        sheet = made.create_sheet(name)
        sheet.sheet_state = state
        for line in lines:
            sheet.append(line)
    return made


def saved(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


@pytest.fixture
def imported(tmp_path: Path) -> Imported:
    """Return a function that writes and imports a workbook."""

    async def write_and_load(content: bytes, **options: Any) -> Report:
        path = tmp_path / "volunteers.xlsx"
        path.write_bytes(content)
        return await load_file("volunteers", path, **options)

    return write_and_load


OTHER = [LINES[0], *table(volunteers(2, start=100))[1:]]
THREE = saved(
    book(
        ("2024", "hidden", OTHER),
        ("Notes", "visible", [["Prepared by hand"]]),
        ("2025", "visible", LINES),
        ("Lists", "veryHidden", [["a"], ["b"]]),
    )
)


async def test_the_first_visible_sheet_is_read_and_others_are_named(imported: Imported) -> None:
    report = await imported(saved(book(("2024", "hidden", OTHER), ("2025", "visible", LINES))))
    assert (outcome(report), report.sheet, report.exit_code) == ((3, 0, 0, 0), "2025", 0)
    (warning,) = report.warnings
    assert (warning.row, warning.code, warning.value) == (None, "OTHER_SHEET", "2024")
    assert "hidden sheet 2024" in warning.reason


async def test_a_sheet_is_chosen_by_its_name(imported: Imported) -> None:
    report = await imported(THREE, sheet=" 2025 ")
    assert (outcome(report), report.sheet) == ((3, 0, 0, 0), "2025")
    assert [w.value for w in report.warnings] == ["2024"]
    report = await imported(THREE, sheet="2024")
    assert (outcome(report), report.sheet) == ((2, 0, 0, 0), "2024")
    assert "the sheet 2025" in report.warnings[0].reason


async def test_messages_name_the_sheet(imported: Imported) -> None:
    report = await imported(THREE)
    assert report.failure.code == "UNKNOWN_COLUMN"
    assert report.failure.place == "line 1 of the sheet Notes"


@pytest.mark.parametrize(
    ("content", "sheet", "said"),
    [
        (THREE, "2023", "2024, Notes, 2025"),
        (saved(book(("a", "visible", LINES), ("b", "hidden", LINES))), "c", "a, b"),
    ],
)
async def test_an_unknown_sheet_is_an_error_that_names_the_others(
    imported: Imported, content: bytes, sheet: str, said: str
) -> None:
    report = await imported(content, sheet=sheet)
    assert (report.failure.code, report.exit_code) == ("UNKNOWN_SHEET", 2)
    assert said in report.failure.reason


async def test_without_a_visible_sheet_one_must_be_named(imported: Imported) -> None:
    content = saved(book(("a", "visible", LINES)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("xl/workbook.xml").replace(b'state="visible"', b'state="hidden"')
    hidden = rezipped(content, {"xl/workbook.xml": text})
    report = await imported(hidden)
    assert "--sheet" in report.failure.reason
    assert outcome(await imported(hidden, sheet="a")) == (3, 0, 0, 0)


async def test_other_files_have_no_sheets(tmp_path: Path) -> None:
    path = tmp_path / "volunteers.csv"
    path.write_text("a")
    report = await load_file("volunteers", path, sheet="a")
    assert report.failure is not None
    assert report.failure.code == "UNKNOWN_SHEET"


async def test_rows_of_merged_cells_are_rejected_with_the_range(imported: Imported) -> None:
    made = book(("a", "visible", [["List"], *LINES]))
    sheet = made["a"]
    sheet.delete_rows(1)
    region = LINES[0].index("region") + 1
    sheet.merge_cells(start_row=2, end_row=4, start_column=region, end_column=region)
    sheet.merge_cells("AA3:AB4")  # beside the table
    report = await imported(saved(made), on_error="skip")
    assert (codes(report), outcome(report)) == (
        [(3, None, "MERGED_CELLS"), (4, None, "MERGED_CELLS")],
        (1, 0, 0, 2),
    )
    letter = sheet.cell(1, region).column_letter
    assert f"{letter}2:{letter}4" in report.problems[0].reason


async def test_a_row_merged_across_columns_is_rejected(imported: Imported) -> None:
    made = book(("a", "visible", LINES))
    made["a"].merge_cells("C2:D2")
    report = await imported(saved(made), on_error="skip")
    assert codes(report) == [(2, None, "MERGED_CELLS")]


async def test_a_cell_of_date_and_time_is_a_local_time(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["source_system", "source_id", "call_centre", "channel", "topic", "region",
                        "opened_at", "status"])  # fmt: skip
    made.active.append(
        ["A", "1", "C", "PHONE", "OTHER", "KZ-75", datetime(2025, 4, 5, 9, 30), "OPEN"]
    )
    made.save(tmp_path / "enquiries.xlsx")
    assert (await load_file("enquiries", tmp_path / "enquiries.xlsx")).committed
    assert str(await one("SELECT opened_at FROM enquiries")).startswith("2025-04-05 04:30:00")


async def test_a_number_cell_beyond_the_digits_of_excel_is_rejected(imported: Imported) -> None:
    rows = [
        {**ROWS[0], "source_id": number} for number in (10**15, 999_999_999_999_999, 2**53, 0.5)
    ]
    report = await imported(saved(book(("a", "visible", table(rows)))), on_error="skip")
    assert codes(report) == [
        (2, "source_id", "LOST_DIGITS"),
        (4, "source_id", "LOST_DIGITS"),
        (5, "source_id", "INVALID_TEXT"),
    ]
    assert await count("volunteers", "source_id = '999999999999999'") == 1


BOOK = saved(book(("a", "visible", LINES)))
BOOK_XML = zipfile.ZipFile(io.BytesIO(BOOK)).read("xl/workbook.xml")
STRICT = BOOK_XML.replace(
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rezipped(BOOK, {"xl/workbook.xml": STRICT}), "strict"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS file or one with a password"),
        (b"source_system,source_id", "save it again"),
        (rezipped(BOOK, {"xl/_rels/workbook.xml.rels": b"<a/>"}), "save it again"),
        (rezipped(BOOK, {"xl/workbook.xml": b"<a>"}), "save it again"),
    ],
)
async def test_what_is_no_readable_workbook_is_said_in_one_sentence(
    imported: Imported, content: bytes, said: str
) -> None:
    report = await imported(content)
    assert report.failure.code == "UNREADABLE_FILE"
    assert said in report.failure.reason
