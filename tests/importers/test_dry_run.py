"""A dry run reports what an import would change, and changes nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from erikti.commands import import_
from erikti.database.connection import fetch
from erikti.importers import ReportFile, load, load_file
from erikti.importers.engine import OnError
from erikti.importers.report import Report
from tests.importers.samples import TABLES, counts, outcome, table, volunteer, volunteers

KEYS = "SELECT count(*), max(registered_on) FROM volunteers WHERE status = 'ACTIVE'"


async def trial(folder: Path, on_error: OnError = "skip") -> Report:
    """Try a file with a new row, a changed one, an unchanged one and a rejected one."""
    same, other = volunteers(2)
    rows = [same, {**other, "status": "INACTIVE"}, volunteer(3), volunteer(4, organisation="O9")]
    names = list(volunteer(0, organisation=None))
    lines = table([{name: row.get(name) for name in names} for row in rows])
    path = folder / "volunteers.csv"
    text = "".join(",".join(str(cell or "") for cell in line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    with ReportFile(folder / "report.json") as file:
        return await load_file("volunteers", path, on_error, report_file=file, dry_run=True)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("on_error", ["reject", "skip"])
async def test_it_counts_what_would_change(tmp_path: Path, on_error: OnError) -> None:
    await load("volunteers", volunteers(2))
    before = [await counts(TABLES), await fetch(KEYS)]
    report = await trial(tmp_path, on_error)
    assert outcome(report) == (1, 1, 1, 1)
    assert [problem.code for problem in report.problems] == ["REFERENCE_NOT_FOUND"]
    assert (report.exit_code, report.committed, report.dry_run) == (1, False, True)
    assert [await counts(TABLES), await fetch(KEYS)] == before
    assert report.summary()["dry_run"] is True


@pytest.mark.usefixtures("database")
async def test_the_import_after_it_does_what_it_said(tmp_path: Path) -> None:
    await load("volunteers", volunteers(2))
    said = await trial(tmp_path)
    done = await load_file("volunteers", tmp_path / "volunteers.csv", on_error="skip")
    assert outcome(done) == outcome(said) == (1, 1, 1, 1)
    assert done.committed


def test_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path / "data"))
    file = tmp_path / "volunteers.csv"
    file.write_text(
        "source_system,source_id,family_name,given_name,region,status,registered_on\n"
        "REGISTRY,1,Sample,Example,KZ-75,ACTIVE,2025-01-31\n",
        encoding="utf-8",
    )
    for _ in range(2):
        tried = CliRunner().invoke(import_.app, ["volunteers", str(file), "--dry-run"])
        assert tried.exit_code == 0, tried.output
        assert "Nothing was changed: dry run." in tried.output
    done = CliRunner().invoke(import_.app, ["volunteers", str(file)])
    assert "dry run" not in done.output


def test_an_embedded_database_is_not_migrated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path / "data"))
    file = tmp_path / "people.csv"
    file.write_text("source_system\n", encoding="utf-8")
    tried = CliRunner().invoke(import_.app, ["people", str(file), "--dry-run"])
    assert tried.exit_code == 2
    assert "erikti migrate" in tried.output
    assert "Nothing was changed: dry run." in tried.output
