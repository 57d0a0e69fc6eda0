"""Files that spreadsheet programs and libraries save, through ``erikti import``.

The same records are imported from a plain CSV file first. A file with the same values then changes
nothing, so a cell that is read as something else counts as an updated or rejected row.
"""

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas  # type: ignore[import-untyped]
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from erikti.importers import KINDS, templates
from interop.office import UTF_8, UTF_16, WINDOWS_1251, Office
from tests.support.processes import erikti

IIN, OTHER_IIN = "900101400777", "900101400787"
BIN = "030140000078"  # with a zero at its beginning

Rows = Sequence[dict[str, Any]]
# Values as programs hold them, by kind; references lead to kinds before.
RECORDS: dict[str, Rows] = {
    "organisations": [
        {"source_system": "A", "source_id": "O1", "bin": BIN, "name_kk": "Үлгі қоғамы",
         "name_ru": "Образец", "region": "Жетісу облысы", "kind": "STATE",
         "registered_on": date(2024, 2, 29)},
    ],
    "people": [
        {"source_system": "A", "source_id": "P1", "family_name": "Өтегенов",
         "given_name": "Нұрдәулет", "patronymic": None, "birth_date": date(1990, 1, 1),
         "iin": IIN, "citizenship": "Қазақстан", "email": "a@почта.рф", "phone": 87025550142},
        {"source_system": "A", "source_id": "P2", "family_name": "Müller-Ким",
         "given_name": "Zoë", "patronymic": None, "birth_date": date(1999, 12, 31),
         "iin": None, "citizenship": "DE", "email": None, "phone": None},
    ],
    "volunteers": [
        {"source_system": "A", "source_id": "1", "family_name": "Әбен", "given_name": "Ән",
         "iin": OTHER_IIN, "region": "г. Алматы", "status": "Белсенді", "silver": True,
         "registered_on": date(2025, 1, 31), "directions": "ECOLOGY; SPORT", "organisation": BIN},
    ],
    "grants": [
        {"source_system": "A", "source_id": "G1", "recipient_organisation": BIN,
         "amount": 1500000.5, "currency": "KZT", "awarded_on": date(2025, 5, 15),
         "status": "AWARDED"},
        {"source_system": "A", "source_id": "G2", "recipient_organisation": BIN,
         "amount": 3.3000000000000003, "currency": "USD", "awarded_on": date(2025, 5, 16),
         "status": "AWARDED"},
    ],
    "good-deeds": [
        {"source_system": "A", "source_id": "D1", "title_ru": "Ёлка «для всех»; и др., \"всё\"",
         "region": 75, "happened_on": date(2025, 12, 31), "participant_count": 40,
         "edition": 2025},
        {"source_system": "A", "source_id": "D2", "title_ru": "Две строки", "region": 10,
         "happened_on": date(2025, 6, 1), "participant_count": 7, "edition": 2025},
    ],
    "enquiries": [
        {"source_system": "A", "source_id": "E1", "call_centre": "CC1", "channel": "телефон",
         "topic": "HOURS", "status": "RESOLVED", "opened_at": datetime(2025, 1, 31, 9, 30),
         "resolved_at": datetime(2025, 1, 31, 23, 59, 59)},
        {"source_system": "A", "source_id": "E2", "call_centre": "CC1", "channel": "телефон",
         "topic": "HOURS", "status": "OPEN", "opened_at": datetime(2025, 2, 1, 0, 0),
         "resolved_at": None},
    ],
}  # fmt: skip
DATE_FORMATS = {date: "dd.mm.yyyy", datetime: "dd.mm.yyyy hh:mm:ss"}


class Outcome(NamedTuple):
    """What an import reports: its exit code, the counts of rows, and the codes."""

    exit_code: int
    unchanged: int
    updated: int
    accepted: int
    codes: dict[str, int]


class Importer:
    """A data folder, into which files are imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, kind: str, path: Path, *options: str) -> Outcome:
        report = path.with_suffix(".report.json")
        ended = erikti(
            *("import", kind, str(path), "--report", str(report), *options),
            ERIKTI_DATA=str(self.folder),
        )
        found = json.loads(report.read_text(encoding="utf-8"))
        unchanged, updated, accepted = (found[n] for n in ("unchanged", "updated", "accepted"))
        return Outcome(ended.returncode, unchanged, updated, accepted, found["codes"])


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Importer:
    """Return an importer into a database that has the records."""
    folder = tmp_path_factory.mktemp("plain")
    importer = Importer(folder / "data")
    for kind, rows in RECORDS.items():
        path = folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        assert importer(kind, path).accepted == len(rows)
    return importer


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Return LibreOffice."""
    return Office(tmp_path_factory.mktemp("profile"))


def workbook(path: Path, rows: Rows, formats: dict[str, str] | None = None, **more: Any) -> Path:
    """Write rows by XlsxWriter, as cells of their own types; numbers have ``formats``."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(more.get("sheet"))
        sheet.write_row(0, 0, list(rows[0]))
        for number, row in enumerate(rows, 1):
            for column, (name, value) in enumerate(row.items()):
                form = (formats or {}).get(name) or DATE_FORMATS.get(type(value))
                sheet.write(number, column, value, form and book.add_format({"num_format": form}))
        if hidden := more.get("hidden"):
            other = book.add_worksheet(hidden)
            other.hide()
            other.write_column(0, 0, ["source_id", "1"])
    return path


def same(kind: str) -> Outcome:
    """Return the outcome of a file with the values that are stored."""
    return Outcome(0, len(RECORDS[kind]), 0, 0, {})


def as_numbers(rows: Rows) -> Rows:
    """Return rows whose IINs and BINs are numbers, as Excel makes them of typed digits."""
    return [
        {
            name: int(value)
            if isinstance(value, str) and len(value) == 12 and value.isdigit()
            else value
            for name, value in row.items()
        }
        for row in rows
    ]


@pytest.mark.claim("Every type of cell is read from a workbook of its own")
def test_xlsxwriter(imported: Importer, tmp_path: Path, proven: Callable[..., None]) -> None:
    for kind, rows in RECORDS.items():
        for shown in (rows, as_numbers(rows)):
            assert imported(kind, workbook(tmp_path / f"{kind}.xlsx", shown)) == same(kind), kind
    proven("XlsxWriter", xlsxwriter.__version__, f"{len(RECORDS)} kinds, text and number cells")


@pytest.mark.claim("Every type of cell is read from a workbook that was opened and saved")
def test_libreoffice(
    imported: Importer, office: Office, tmp_path: Path, proven: Callable[..., None]
) -> None:
    books = [
        workbook(tmp_path / f"{kind}.xlsx", as_numbers(rows)) for kind, rows in RECORDS.items()
    ]
    for path in office.saved(books):
        assert imported(path.stem, path) == same(path.stem), path.stem
    proven("LibreOffice", office.version, f"{len(RECORDS)} kinds")


@pytest.mark.claim(
    "Every type of cell is read from CSV in UTF-8 and UTF-16, and Russian in Windows-1251"
)
def test_libreoffice_saves_text(
    imported: Importer, office: Office, tmp_path: Path, proven: Callable[..., None]
) -> None:
    books = [workbook(tmp_path / f"{kind}.xlsx", rows) for kind, rows in RECORDS.items()]
    for path in (*office.saved(books, UTF_8), *office.saved(books, UTF_16)):
        assert imported(path.stem, path) == same(path.stem), path
    saved = {path.stem: path for path in office.saved(books, WINDOWS_1251)}
    russian, kazakh = saved["good-deeds"], saved["people"]
    assert imported("good-deeds", russian, "--encoding", "windows-1251") == same("good-deeds")
    unread = imported("good-deeds", russian)
    assert (unread.exit_code, unread.updated) == (2, 0)
    lost = imported("people", kazakh, "--encoding", "windows-1251")
    assert (lost.exit_code, lost.updated) == (1, 0)
    assert lost.codes["LOST_LETTERS"] > 0
    proven("LibreOffice", office.version, f"{len(RECORDS)} kinds")


@pytest.mark.claim("Templates of all kinds import after they were opened and saved")
def test_templates(
    imported: Importer, office: Office, tmp_path: Path, proven: Callable[..., None]
) -> None:
    paths = [tmp_path / f"{kind}.xlsx" for kind in KINDS]
    for path in paths:
        with path.open("wb") as stream:
            templates.write(KINDS[path.stem], "kk", stream)
    for path in office.saved(paths):
        assert imported(path.stem, path) == Outcome(0, 0, 0, 0, {"EXAMPLE_ROW": 1}), path.stem
    proven("LibreOffice", office.version, f"{len(KINDS)} templates")


def frame(rows: Rows) -> pandas.DataFrame:
    """Return a table as pandas has it, whose columns of dates and numbers have types of theirs."""
    table = pandas.DataFrame(list(rows))
    for name in table:
        if any(isinstance(value, date) for value in table[name]):
            table[name] = pandas.to_datetime(table[name])
    return table


@pytest.mark.claim("Every type of cell is read from the workbooks, CSV and JSON of data frames")
@pytest.mark.parametrize(
    "form", ["csv", "semicolons", "openpyxl", "xlsxwriter", "records", "lines"]
)
def test_pandas(imported: Importer, tmp_path: Path, form: str, proven: Callable[..., None]) -> None:
    for kind, rows in RECORDS.items():
        table, path = frame(rows), tmp_path / f"{kind}.csv"
        match form:
            case "csv":
                table.to_csv(path, index=False)
            case "semicolons":
                table.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")
            case "openpyxl" | "xlsxwriter":
                path = path.with_suffix(".xlsx")
                table.to_excel(path, index=False, engine=form)
            case "records":
                path = path.with_suffix(".json")
                table.to_json(path, orient="records", date_format="iso")
            case "lines":
                path = path.with_suffix(".jsonl")
                table.to_json(
                    path, orient="records", lines=True, date_format="iso", force_ascii=False
                )
        assert imported(kind, path) == same(kind), kind
    if form == "lines":
        proven("pandas", pandas.__version__, "CSV, XLSX of two engines, JSON and JSON Lines")


def test_the_index_of_pandas_is_rejected(imported: Importer, tmp_path: Path) -> None:
    table = frame(RECORDS["good-deeds"])
    table.to_csv(tmp_path / "index.csv")
    assert imported("good-deeds", tmp_path / "index.csv").exit_code == 2


def changed(kind: str, number: int = 0, **values: object) -> Rows:
    """Return one of the records, with other values."""
    return [{**RECORDS[kind][number], **values}]


@pytest.mark.claim("A number that is shown as another text is not taken for the number")
def test_formats_that_show_another_value(
    imported: Importer, office: Office, tmp_path: Path, proven: Callable[..., None]
) -> None:
    cases: list[tuple[str, Rows, dict[str, str], dict[str, int]]] = [
        ("grants", changed("grants", amount=0.875), {"amount": "0.0%"}, {"INVALID_NUMBER": 1}),
        ("grants", changed("grants", amount=1), {"amount": "0%"}, {"INVALID_NUMBER": 1}),
        ("grants", changed("grants"), {"amount": '# ##0.00" ₸"'}, {}),
        ("organisations", changed("organisations", bin=int(BIN)), {"bin": "000000000000"}, {}),
        ("good-deeds", changed("good-deeds", happened_on=45688), {}, {"INVALID_DATE": 1}),
        ("good-deeds", changed("good-deeds", participant_count=True), {}, {"INVALID_INTEGER": 1}),
    ]
    rows = changed("organisations", source_id=7, bin=None)
    books = [workbook(tmp_path / "zeros.xlsx", rows, {"source_id": "00000"})]
    for number, (_, shown, formats, _) in enumerate(cases):
        books.append(workbook(tmp_path / f"{number}.xlsx", shown, formats))
    zeros, *saved = office.saved(books)
    for (kind, _, _, codes), path, again in zip(cases, books[1:], saved, strict=True):
        for found in (imported(kind, path), imported(kind, again)):
            assert (found.codes, found.updated, found.accepted) == (codes, 0, 0), path
    plain = tmp_path / "zeros.csv"
    pandas.DataFrame([{**rows[0], "source_id": "00007"}]).to_csv(plain, index=False)
    assert imported("organisations", plain).accepted == 1
    assert imported("organisations", zeros).unchanged == 1
    proven("LibreOffice", office.version, f"{len(cases) + 1} formats")


@pytest.mark.claim(
    "Hidden sheets, merged cells, blank rows and other sheets are read, rejected or named"
)
def test_sheets(
    imported: Importer, office: Office, tmp_path: Path, proven: Callable[..., None]
) -> None:
    rows = RECORDS["volunteers"]
    hidden = workbook(tmp_path / "hidden.xlsx", rows, sheet="2025", hidden="2024")
    names = list(rows[0])
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(2, 0, names)  # below blank rows
        days = book.add_format({"num_format": "dd.mm.yyyy"})
        for line, source_id in ((3, "1"), (6, "2"), (7, "3")):
            values = {**rows[0], "source_id": source_id, "iin": None if line > 3 else OTHER_IIN}
            for column, (name, value) in enumerate(values.items()):
                sheet.write(line, column, value, days if name == "registered_on" else None)
        column = names.index("region")
        sheet.merge_range(6, column, 7, column, "Астана")
    hidden_again, again = office.saved([hidden, path])
    for book in (hidden, hidden_again):
        found = imported("volunteers", book)
        assert (found.exit_code, found.unchanged, found.codes) == (0, 1, {"OTHER_SHEET": 1})
    for book in (path, again):
        found = imported("volunteers", book, "--on-error", "skip", "--dry-run")
        assert (found.unchanged, found.accepted, found.codes) == (1, 1, {"MERGED_CELLS": 1})
    proven("LibreOffice", office.version, "4 workbooks")
