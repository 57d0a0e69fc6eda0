"""The rows of a report are for the person who has to mend the file: a CSV file for their Excel."""

import csv
import io
import json
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from erikti.importers import ReportFile, load_file
from erikti.importers.report import shown_as_text
from tests.importers.samples import listed
from tests.support.queries import AS_REGISTRAR, ask

HEADINGS = ["Система-источник", "Идентификатор в источнике", "Фамилия", "ИМЯ", "Регион", "Статус",
            "Дата регистрации"]  # fmt: skip
GOOD = ["REGISTRY", "0042", "Sample", "Example", "KZ-75", "ACTIVE", "2025-01-31"]


def changed(**cells: str) -> list[str]:
    names = ["system", "id", "family", "given", "region", "status", "day"]
    return [cells.get(name, cell) for name, cell in zip(names, GOOD, strict=True)]


async def reported(folder: Path, *lines: list[str], name: str = "file.csv") -> list[dict[str, str]]:
    path = folder / name
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.title = "Лист 1"
        for line in (HEADINGS, *lines):
            book.active.append(line)
        archive = book.create_sheet("Архив")
        archive.append(["a"])
        archive.append(["b"])
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADINGS, *lines])
    with ReportFile(folder / "report.json") as file:
        file.finish(await load_file("volunteers", path, report_file=file))
    return listed(folder / "report.rows.csv")


@pytest.mark.usefixtures("database")
async def test_a_problem_has_its_place_in_the_file_and_the_valid_values(tmp_path: Path) -> None:
    (found,) = await reported(tmp_path, GOOD, changed(id="0043", status="asleep"))
    assert found == {
        "severity": "Rejected",
        "sheet": "",
        "line": "3",
        "column": "Статус",
        "source_id": "'0043",
        "value": "asleep",
        "code": "UNKNOWN_VALUE",
        "reason": "The value is not in the list of valid ones",
        "valid": "ACTIVE, INACTIVE, WITHDRAWN",
        "detail": "one of these is expected: ACTIVE, INACTIVE, WITHDRAWN",
    }


@pytest.mark.usefixtures("database")
async def test_the_sheet_is_named_and_the_heading_is_the_one_of_the_file(tmp_path: Path) -> None:
    wrong = changed(id="A1", given="=1+1", region="Акмолинскя")
    other, given, region = await reported(tmp_path, GOOD, wrong, name="file.xlsx")
    assert (other["code"], other["line"], other["value"]) == ("OTHER_SHEET", "", "Архив")
    assert (given["code"], given["column"], given["sheet"]) == ("FORMULA", "ИМЯ", "Лист 1")
    assert (region["line"], region["valid"]) == ("3", "Акмолинская область")


@pytest.mark.usefixtures("database")
async def test_a_warning_has_the_source_id_too(tmp_path: Path) -> None:
    (found,) = await reported(tmp_path, changed(id="A1", given=""))
    assert (found["severity"], found["code"], found["source_id"]) == ("Warning", "ONE_NAME", "A1")


@pytest.mark.usefixtures("database")
async def test_excel_reads_the_file_without_a_dialogue(tmp_path: Path) -> None:
    await reported(tmp_path, changed(id="ә;1", status="ұйықтап"))
    content = (tmp_path / "report.rows.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfSeverity;Sheet;Line;")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 2
    _, line = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert (line[4], line[5]) == ("ә;1", "ұйықтап")


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+7 707 555 01 42", "-5", "@SUM(A1)", "\t=1", " =1", "0042", "1.5", "31.01.2025",
     "123456789012", "1E5", "1/2"],
)  # fmt: skip
def test_a_cell_that_a_spreadsheet_would_change_is_text(cell: str) -> None:
    assert shown_as_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", " ", "Sample", "ә", "A-1", "7", "0", "12345678901", "a=b"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert shown_as_text(cell) == cell


@pytest.mark.usefixtures("database")
async def test_json_names_the_keys_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "volunteers.json"
    path.write_text('[{"Source_System": "A", "source-id": "7", "Статус": "asleep"}]', "utf-8")
    with ReportFile(tmp_path / "report.json") as file:
        await load_file("volunteers", path, report_file=file)
    rows = listed(file.rows_path)
    assert {(row["line"], row["source_id"]) for row in rows} == {("1", "7")}
    assert "Статус" in {row["column"] for row in rows}
    assert "family_name" in {row["column"] for row in rows}, "the file does not have it"


@pytest.mark.usefixtures("database")
async def test_each_stored_row_has_its_global_id(tmp_path: Path) -> None:
    await reported(tmp_path, GOOD, changed(id="0043"))
    first = ids(tmp_path)
    rows = [changed(id="0044"), changed(id="0043"), changed(status="INACTIVE")]
    await reported(tmp_path, *rows)
    new, same, other = ids(tmp_path)
    assert [row["outcome"] for row in (*first, new, same, other)] == [
        "ADDED", "ADDED", "ADDED", "UNCHANGED", "UPDATED",
    ]  # fmt: skip
    assert (new["line"], new["source_system"], new["source_id"]) == ("2", "REGISTRY", "0044")
    assert [same["id"], other["id"]] == [first[1]["id"], first[0]["id"]]
    query = "query ($id: ID!) { node(id: $id) { ... on Volunteer { source { identifier } } } }"
    for row in (new, same, other):
        data = await ask(query, id=row["id"], **AS_REGISTRAR)
        assert data["node"]["source"]["identifier"] == row["source_id"]


@pytest.mark.usefixtures("database")
async def test_people_have_their_own_ids(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    header = "source_system,source_id,family_name,given_name"
    path.write_text(f"{header}\nREGISTRY,7,Sample,Example\n", encoding="utf-8")
    with ReportFile(tmp_path / "report.json") as file:
        file.finish(await load_file("people", path, report_file=file))
    (row,) = ids(tmp_path)
    query = "query ($id: ID!) { node(id: $id) { ... on Person { familyName } } }"
    data = await ask(query, id=row["id"], **AS_REGISTRAR)
    assert data["node"] == {"familyName": "Sample"}


@pytest.mark.usefixtures("database")
async def test_a_file_that_is_not_imported_has_no_ids(tmp_path: Path) -> None:
    await reported(tmp_path, GOOD, changed(id="0043", status="asleep"))
    assert written(tmp_path) == {"report.json", "report.rows.csv"}
    summary = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (summary["rejected"], summary["ids"]) == (1, None)


def ids(folder: Path) -> list[dict[str, str]]:
    with (folder / "report.ids.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*report*")}
