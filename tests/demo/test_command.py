"""The command ``erikti demo``: what it says, and how it ends."""

import pytest
import typer
from typer.testing import CliRunner, Result

from demo.command import demo_command

app = typer.Typer()
app.command()(demo_command)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_it_fills_a_database_and_finds_everything_there_the_next_time(database_url: str) -> None:
    first = run("--scale", "0.002", "--database-url", database_url)
    assert first.exit_code == 0, first.output
    assert "0 there already" in first.output
    second = run("--scale", "0.002", "--database-url", database_url)
    assert second.exit_code == 0, second.output
    assert "Demo data: 0 records new, 0 changed" in second.output


def test_it_refuses_another_scale(database_url: str) -> None:
    assert run("--scale", "0.002", "--database-url", database_url).exit_code == 0
    refused = run("--scale", "0.003", "--database-url", database_url)
    assert refused.exit_code == 1
    assert "another scale" in refused.output


@pytest.mark.parametrize("scale", ["0", "-1", "101", "nan"])
def test_it_names_the_bounds_of_the_scale(database_url: str, scale: str) -> None:
    refused = run("--scale", scale, "--database-url", database_url)
    assert refused.exit_code == 2
    assert "above 0 and at most 100" in refused.output


def test_it_needs_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    refused = run("--scale", "0.01")
    assert refused.exit_code == 2
    assert "DATABASE_URL" in refused.output
