"""SQLite files are read wherever they are and whatever they are called."""

from pathlib import Path

import pytest

from models.database import fetch, is_away, opened, operation


@pytest.mark.parametrize("name", ["erikti.db", "a file.db", "100%41.db", "ерікті.db"])
@pytest.mark.parametrize("slashes", ["", "/"])
async def test_a_file_is_read_under_any_name(tmp_path: Path, name: str, slashes: str) -> None:
    async with opened(f"sqlite://{slashes}{tmp_path}/{name}"):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        with operation():
            assert [tuple(row) for row in await fetch("SELECT n FROM things")] == [(1,)]
    assert (tmp_path / name).is_file()


async def test_a_file_is_read_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened("sqlite://erikti.db"):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        with operation():
            assert [tuple(row) for row in await fetch("SELECT n FROM things")] == [(1,)]


async def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    async with opened(f"sqlite://{tmp_path}/erikti.db"):
        with operation(), pytest.raises(FileNotFoundError) as caught:
            await fetch("SELECT 1")
    assert is_away(caught.value)
    assert not (tmp_path / "erikti.db").exists()
