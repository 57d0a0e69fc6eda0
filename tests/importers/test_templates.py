"""Templates of files: they import as they are, and as filled in; lists, help and formats."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from erikti.commands import template
from erikti.importers import KINDS, load, load_file, templates
from erikti.importers.headings import heading_of
from erikti.importers.sources import EXAMPLE
from erikti.labels import template_words
from erikti.writing.batches import BatchParser
from erikti.writing.kind import Kind
from tests.importers.samples import NATION, outcome
from tests.support.alphabets import faults

LANGUAGES = ("kk", "ru", "en")
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return a function that writes the template of a kind, filled in with rows."""

    def write(kind: str, language: str = "en", rows: Any = ()) -> Path:
        path = tmp_path / f"{kind}.xlsx"
        with path.open("wb") as stream:
            templates.write(KINDS[kind], language, stream)
        if rows:
            book = openpyxl.load_workbook(path)
            for row in rows:
                book.active.append([row.get(column.name) for column in KINDS[kind].columns])
            book.save(path)
        return path

    return write


def example(kind: Kind, language: str) -> dict[str, object]:
    return {column.name: templates.example_of(column, language) for column in kind.columns}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_template_imports_as_it_is(kind: str, written: Written) -> None:
    for language in LANGUAGES:
        report = await load_file(kind, written(kind, language))
        assert (outcome(report), report.exit_code, report.problems) == ((0, 0, 0, 0), 0, [])
        assert [(w.row, w.code) for w in report.warnings] == [(2, "EXAMPLE_ROW")]


@pytest.mark.usefixtures("database")
async def test_a_template_takes_rows(written: Written) -> None:
    for kind, rows in NATION.items():
        listed = [
            {k: "; ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}
            for row in rows
        ]
        report = await load_file(kind, written(kind, rows=listed))
        assert (report.exit_code, report.rows, report.problems) == (0, len(rows), []), kind


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_example_is_valid_but_for_its_references(language: str) -> None:
    for kind in KINDS.values():
        batch = (await BatchParser.prepared(kind, None))([(1, example(kind, language))])
        assert (batch.problems, batch.warnings) == ([], []), kind.name


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_value_of_a_list_is_valid(language: str) -> None:
    for kind in KINDS.values():
        parser = await BatchParser.prepared(kind, None)
        for column in kind.columns:
            values = templates.labelled(column, language)
            batch = parser([(n, {column.name: text}) for n, text in enumerate(values.values())])
            found = [p for p in batch.problems if p.column == column.name]
            assert found == [], (kind.name, column.name)
            if column.type.options or column.type.table:
                read = [v[0] if column.type.several else v for v in batch.values[column.name]]
                assert read == list(values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_has_headings_help_lists_and_formats(kind: str, written: Written) -> None:
    sheet = openpyxl.load_workbook(written(kind, "ru")).active
    columns = KINDS[kind].columns
    assert sheet.freeze_panes == "C2"
    assert [cell.value for cell in sheet[1]] == [heading_of(c.name).whole for c in columns]
    shown = {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}
    for column, top, cell in zip(columns, sheet[1], sheet[2], strict=True):
        rule = shown[cell.coordinate]
        assert top.comment.text
        assert rule.prompt
        assert (rule.type == "list") == bool(templates.labelled(column, "ru"))
        assert sheet.column_dimensions[top.column_letter].number_format == cell.number_format
        as_text = column.name.endswith(("_id", "_on", "_at", "_date", "iin", "bin", "phone"))
        assert cell.number_format == "@" or not as_text


def test_every_type_of_cell_has_words_of_its_own() -> None:
    columns = [column for kind in KINDS.values() for column in kind.columns]
    types = {templates.word_of(column) for column in columns}
    others = {"required", "optional", "example", "example_row"}
    assert types | others == set(template_words())
    assert not types & others


@pytest.mark.parametrize("name", template_words())
def test_words_are_in_the_letters_of_their_language(name: str) -> None:
    assert not faults(template_words()[name])


@pytest.mark.usefixtures("database")
async def test_only_the_example_of_a_file_is_skipped(written: Written) -> None:
    rows = [NATION["forums"][0], {**NATION["forums"][0], "source_id": "EXAMPLE-2", "year": 2026}]
    report = await load_file("forums", written("forums", rows=rows))
    assert (outcome(report), len(report.warnings)) == ((2, 0, 0, 0), 1)
    # What a program sends is data.
    assert outcome(await load("forums", [{**rows[0], "source_id": EXAMPLE, "year": 2027}]))[0] == 1


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    arguments = ["people", "--output", str(path), "--language", "kk"]
    assert CliRunner().invoke(template.app, arguments).exit_code == 0
    assert openpyxl.load_workbook(path).sheetnames == ["Адам", "lists"]
    failed = CliRunner().invoke(template.app, ["people", "--output", str(tmp_path)])
    assert failed.exit_code == 1
    assert "Is a directory" in str(failed.exception)
