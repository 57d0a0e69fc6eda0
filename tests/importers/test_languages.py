"""The report of an import in Kazakh, Russian and English: every code has a sentence in each."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from erikti.commands import import_
from erikti.importers import ReportFile, load_file
from erikti.importers.report import COLUMNS
from erikti.labels import Labels, problem_texts, report_words
from tests.importers.samples import listed
from tests.support.alphabets import faults, repeated

ROOT = Path(import_.__file__).parents[1]
SOURCES = [*ROOT.glob("writing/*.py"), *ROOT.glob("importers/*.py"), Path(import_.__file__)]
RAISING = {"InvalidError", "DoubtfulError", "UnusableFileError", "Problem", "Rule", "problem",
           "refuse", "one_of"}  # fmt: skip
CODE = re.compile(r"[A-Z]{3,}(_[A-Z]+)*")
COMPOSED = {"_FORMAT", "_CHECK_DIGIT", "UNKNOWN_"}  # parts of codes made from a word
HEADER = "source_system,source_id,family_name,given_name,region,status,registered_on\n"
WRONG = "REGISTRY,1,Sample,Example,KZ-75,asleep,2025-01-31\n"


def strings(raising: Collection[str] = RAISING) -> Iterator[str]:
    """Yield the texts among the arguments that carry codes, with the parts of composed ones."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in raising:
                for argument in (*call.args, *(word.value for word in call.keywords)):
                    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
                    for part in parts:
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value


def test_the_table_has_exactly_the_codes_of_the_source() -> None:
    found = set(strings())
    assert found >= COMPOSED
    whole = {text for text in found if CODE.fullmatch(text)}
    composed = {f"{noun}{part}" for noun in ("IIN", "BIN") for part in ("_FORMAT", "_CHECK_DIGIT")}
    composed |= {"UNKNOWN_REGION", "UNKNOWN_COUNTRY"}
    assert len(whole) > 60
    assert set(problem_texts()) == whole | composed


def test_the_table_says_which_codes_are_of_rows_warnings_and_files() -> None:
    of = {
        what: {code for code, text in problem_texts().items() if what in text.of_what}
        for what in ("row", "warning", "file")
    }
    raised = {
        name: {text for text in strings({name}) if CODE.fullmatch(text)}
        for name in ("InvalidError", "DoubtfulError", "UnusableFileError")
    }
    assert raised["UnusableFileError"] == of["file"]
    assert raised["DoubtfulError"] <= of["warning"]
    assert raised["InvalidError"] <= of["row"]
    assert not of["file"] & (of["row"] | of["warning"])
    assert set().union(*of.values()) == set(problem_texts())


def plain(labels: Labels) -> Labels:
    """Return a label without the names of formats, which are Latin in every language."""
    kk, ru, en = (re.sub(r" (CSV|JSON)\b", "", text) for text in labels.all)
    return Labels(kk, ru, en)


@pytest.mark.parametrize("name", [*problem_texts(), *report_words()])
def test_texts_are_phrases_of_their_languages(name: str) -> None:
    assert faults(plain((problem_texts() | report_words())[name])) == []


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_two_codes_and_no_two_headings_read_alike(language: str) -> None:
    assert repeated([labels.of(language) for labels in problem_texts().values()]) == []
    assert repeated([report_words()[name].of(language) for name in COLUMNS]) == []


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a file with a wrong row."""
    path = tmp_path / "volunteers.csv"
    path.write_text(HEADER + WRONG, encoding="utf-8")
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path / "data"))
    return path


def imported(app: typer.Typer, file: Path, language: str) -> str:
    options = ["--language", language, "--report", str(file.with_name("report.json"))]
    result = CliRunner(env={"COLUMNS": "250"}).invoke(app, ["volunteers", str(file), *options])
    return result.output


@pytest.mark.parametrize(
    ("language", "header", "severity", "reason"),
    [
        ("kk", "Нәтижесі;Парақ;Жол;Баған;", "Қабылданбады", "Мән рұқсат етілген мәндер"),
        ("ru", "Исход;Лист;Строка;Столбец;", "Отклонено", "Значения нет в списке допустимых"),
        ("en", "Severity;Sheet;Line;Column;", "Rejected", "The value is not in the list"),
    ],
)
def test_headings_and_reasons_are_in_the_language(
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    file: Path,
    language: str,
    header: str,
    severity: str,
    reason: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    output = imported(import_.app, file, language)
    rows = file.with_name("report.rows.csv")
    assert rows.read_text(encoding="utf-8-sig").startswith(header)
    (found,) = listed(rows)
    assert found["severity"] == severity
    assert found["reason"].startswith(reason)
    assert found["detail"] == "one of these is expected: ACTIVE, INACTIVE, WITHDRAWN"
    assert severity in output
    assert found["detail"] in output
    assert (found["reason"] in output) is (language != "en")


def test_an_unknown_language_is_an_error(file: Path) -> None:
    assert "'de' is not one of 'kk', 'ru', 'en'" in imported(import_.app, file, "de")


@pytest.mark.usefixtures("database")
async def test_an_unusable_file_is_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "volunteers.csv"
    path.write_text("a;b\n", encoding="utf-8")
    with ReportFile(tmp_path / "report.json", "ru") as file:
        file.finish(await load_file("volunteers", path, report_file=file))
    (found,) = listed(file.rows_path)
    assert (found["severity"], found["line"], found["code"]) == (
        "Весь файл",
        "",
        "UNKNOWN_COLUMN",
    )
    assert found["reason"] == "Такого столбца нет"
    assert found["detail"].endswith("(line 1)")
