"""The command ``erikti import``: its exit codes, and its report on screen and on disk."""

import json
import stat
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

import pytest
import typer
from typer.testing import CliRunner

from erikti.commands import import_
from tests.importers.samples import listed, volunteers

HEADER = "source_system,source_id,family_name,given_name,region,status,registered_on\n"
GOOD = "REGISTRY,1,Sample,Example,KZ-75,ACTIVE,2025-01-31\n"
WRONG = "REGISTRY,2,=1+1,Example,KZ-75,ACTIVE,never\n"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> typer.Typer:
    """Return the command with its settings."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path / "data"))
    return import_.app


def run(app: typer.Typer, content: str, folder: Path, *options: str) -> tuple[int, str]:
    file = folder / "file.csv"
    file.write_text(content, encoding="utf-8")
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["volunteers", str(file), *options])
    return result.exit_code, result.output


def summary(path: Path) -> dict[str, object]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_all_rows_in(app: typer.Typer, tmp_path: Path) -> None:
    code, output = run(app, HEADER + GOOD, tmp_path)
    assert code == 0, output
    (report,) = (tmp_path / "data" / "imports").glob("*.json")
    assert summary(report)["accepted"] == 1
    assert report.name in output
    code, _ = run(app, HEADER + GOOD, tmp_path, "--report", str(tmp_path / "second.json"))
    assert (code, summary(tmp_path / "second.json")["unchanged"]) == (0, 1)


@pytest.mark.parametrize(("mode", "accepted"), [("reject", False), ("skip", True)])
def test_rejected_rows(app: typer.Typer, tmp_path: Path, mode: str, accepted: bool) -> None:
    path = tmp_path / "report.json"
    code, output = run(
        app, HEADER + GOOD + WRONG, tmp_path, "--on-error", mode, "--report", str(path)
    )
    assert code == 1
    assert "FORMULA" in output
    assert ("Nothing was changed" in output) is not accepted
    assert summary(path)["committed"] is accepted
    assert summary(path)["codes"] == {"FORMULA": 1, "INVALID_DATE": 1}
    rows = listed(tmp_path / "report.rows.csv")
    assert [(r["severity"], r["line"], r["column"], r["value"], r["code"]) for r in rows] == [
        ("Rejected", "3", "family_name", "'=1+1", "FORMULA"),
        ("Rejected", "3", "registered_on", "never", "INVALID_DATE"),
    ]
    assert all(r["reason"] for r in rows)


def test_an_unusable_file(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    code, output = run(app, "a,b\n", tmp_path, "--report", str(path))
    assert code == 2
    assert "UNKNOWN_COLUMN" in output
    error = summary(path)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "UNKNOWN_COLUMN"


def test_wrong_usage(app: typer.Typer, tmp_path: Path) -> None:
    assert run(app, HEADER, tmp_path, "--on-error", "ignore")[0] == 2
    assert CliRunner().invoke(app, ["unicorns", "file.csv"]).exit_code == 2


def test_a_time_zone_is_one_of_the_known_names(app: typer.Typer, tmp_path: Path) -> None:
    assert run(app, HEADER + GOOD, tmp_path, "--time-zone", "Asia/Bishkek")[0] == 0
    code, output = run(app, HEADER + GOOD, tmp_path, "--time-zone", "Almaty")
    assert code == 2
    assert "Asia/Almaty" in output


def test_reports_are_readable_only_by_their_owner(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    run(app, HEADER + WRONG, tmp_path, "--report", str(path))
    for file in (path, tmp_path / "report.rows.csv"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_report_lists_every_row_and_the_screen_the_first(
    app: typer.Typer, tmp_path: Path
) -> None:
    rows = [str(row["source_id"]) for row in volunteers(500)]
    content = HEADER + "".join(
        f"REGISTRY,{n},Sample,Example,KZ-75,ASLEEP,2025-01-31\n" for n in rows
    )
    code, output = run(app, content, tmp_path, "--report", str(tmp_path / "report.json"))
    lines = (tmp_path / "report.rows.csv").read_text(encoding="utf-8").splitlines()
    assert (code, len(lines)) == (1, 501)
    assert output.count("UNKNOWN_VALUE") == 20


def test_reports_of_the_same_moment_are_different_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(datetime):
        """A clock that does not move."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 1, 1, tzinfo=tz)

    monkeypatch.setattr("erikti.commands.import_.datetime", Stopped)
    first, second = (import_._report_path(tmp_path, "volunteers") for _ in range(2))
    assert first != second
