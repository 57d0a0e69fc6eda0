"""What the README shows is what happens."""

import re
from pathlib import Path

import pytest

from erikti.database.connection import dialect
from tests.support.queries import ask, statements

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first block of code in a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.mark.usefixtures("nation", "one_way")
async def test_the_query_takes_one_statement() -> None:
    with statements() as made:
        data = await ask(block("graphql"))
    assert all(data.values())
    assert len(made) == 1


@pytest.mark.usefixtures("nation", "executed")
async def test_the_executor_takes_the_statements_that_are_shown() -> None:
    with statements() as made:
        data = await ask(block("graphql"))
    assert all(data.values())
    shown = block("sql").replace(";\n", "\n").splitlines()
    if dialect().name == "sqlite":
        assert sorted(made) == sorted(shown)
    assert len(made) == len(shown)


def test_the_figures_shown_are_those_published() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| \d+ \| .+ \| (.+) \| yes \|$", README, flags=re.MULTILINE)
    published = Path("models/reference/published_figures.csv").read_text(encoding="utf-8")
    assert len(rows) == len(published.splitlines()) - 1 == 19
    for code, value in rows:
        assert f"{code}," in published
        assert value in published
