"""Generated pages are current, and `make docs` writes those that are not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from erikti.auth import documentation as identity
from erikti.guard import documentation as limits
from erikti.settings import variable
from tests.support.tree import ALL, ROOT
from tools import docs

PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])


def test_make_docs_would_change_nothing() -> None:
    assert docs.main(["--check"]) == 0, "run make docs"


def test_a_stale_page_is_named_and_then_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale, current = tmp_path / "stale.md", tmp_path / "current.md"
    stale.write_text("old\n")
    current.write_text("new\n")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "FILES", dict.fromkeys([stale, current], lambda: "new\n"))
    assert docs.main(["--check"]) == 1
    assert capsys.readouterr().err == "stale.md is not current: run make docs\n"
    assert stale.read_text() == "old\n"
    assert docs.main([]) == 0
    assert capsys.readouterr().out == "wrote stale.md\n"
    assert stale.read_text() == "new\n"


def test_a_generated_part_is_written_again_and_the_rest_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = identity.PAGE.read_text(encoding="utf-8")
    page = tmp_path / "identity.md"
    page.write_text(committed.replace("Award commission", "Jury").replace("| 8,192 |", "| 1 |"))
    monkeypatch.setattr(identity, "PAGE", page)
    assert page.read_text(encoding="utf-8") != committed
    assert limits.defaults(identity.page(), variable) == committed


def paths(page: Path) -> Iterator[str]:
    """Yield the paths of Python files and the names of test files that a page has in backticks."""
    for name in re.findall(r"`([\w/]+\.py)(?:::\w+)?`", page.read_text(encoding="utf-8")):
        if "/" in name or name.startswith("test_"):
            yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    known = {str(path.relative_to(ROOT)) for path in ALL}
    ends = {"/".join(parts[n:]) for path in known for parts in [path.split("/")] for n in range(9)}
    migrations = {str(path.relative_to(ROOT)) for path in ROOT.glob("models/migrations/*.py")}
    missing = [name for name in paths(page) if name not in ends | migrations]
    assert missing == []
