"""The command ``erikti demo``: its output and exit codes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from erikti.commands.demo import app


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    """Set the settings of the command."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_it_fills_a_database_and_finds_everything_there_the_next_time() -> None:
    first = run("--scale", "0.002")
    assert first.exit_code == 0, first.output
    assert "0 unchanged" in first.output
    second = run("--scale", "0.002")
    assert second.exit_code == 0, second.output
    assert "Demo data: 0 records added, 0 changed" in second.output


def test_it_refuses_another_scale() -> None:
    assert run("--scale", "0.002").exit_code == 0
    refused = run("--scale", "0.003")
    assert refused.exit_code == 1
    assert "another scale" in refused.output


@pytest.mark.parametrize("scale", ["0", "-1", "101", "nan"])
def test_it_names_the_bounds_of_the_scale(scale: str) -> None:
    refused = run("--scale", scale)
    assert refused.exit_code == 2
    assert "above 0 and at most 100" in refused.output
