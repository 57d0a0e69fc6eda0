"""`erikti work` and `erikti serve` fold rollups, one process at a time, until they are stopped."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from erikti.database.connection import Database, fetch
from erikti.database.folding import has_rows_to_fold
from models.jobs import Job
from models.rollups import ROLLUPS
from tests.models.counting import wrong
from tests.support.databases import KEYS, Server
from tests.support.processes import environment, erikti, forked, serving
from tests.support.waiting import PATIENCE, eventually

pytestmark = pytest.mark.usefixtures("processes")
POSTGRES = pytest.mark.parametrize("server", ["postgres"], indirect=True)


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """The URL of a country of the test's own, with rows to fold."""
    with server.copied(server.scattered()) as found:
        yield found


@pytest.fixture
def variables(url: str, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": KEYS}


@contextmanager
def working(variables: dict[str, str]) -> Iterator["subprocess.Popen[Any]"]:
    """A process that does background work."""
    command = ["-m", "erikti", "work"]
    process = forked.start(command, env=environment(**variables), stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith(b"background work")
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
        process.stdout.close()


def state(url: str) -> tuple[bool, dict[str, Any], bool]:
    """Return whether rows are to fold, what is wrong, and whether folding succeeded."""

    async def look() -> tuple[bool, dict[str, Any], bool]:
        async with Database(url):
            done = await Job.exists(kind="fold", done_at__isnull=False, leased_until=None)
            return await has_rows_to_fold(ROLLUPS), await wrong(), done

    return asyncio.run(look())


def unfold(url: str) -> None:
    """Make rows to fold, and forget the last time."""

    async def write() -> None:
        async with Database(url):
            await Job.all().delete()
            await fetch("UPDATE volunteers_by_place SET lane = 4 WHERE lane = 0")

    asyncio.run(write())


@POSTGRES
def test_work_once_folds_and_ends(url: str, variables: dict[str, str]) -> None:
    assert state(url) == (True, {}, False)
    ended = erikti("work", "--once", **variables)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert state(url) == (False, {}, True)


def test_work_ends_by_a_signal(variables: dict[str, str]) -> None:
    with working(variables) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@POSTGRES
def test_the_second_takes_over_from_a_killed_one(url: str, variables: dict[str, str]) -> None:
    with working(variables) as first:
        eventually(lambda: state(url) == (False, {}, True))
        with working(variables) as second:
            ended = erikti("work", "--once", **variables)
            assert "another process" in ended.stdout
            first.kill()
            unfold(url)
            eventually(lambda: state(url) == (False, {}, True))
            second.send_signal(signal.SIGTERM)
            assert second.wait(PATIENCE) == 0


@POSTGRES
def test_serve_does_background_work(url: str, variables: dict[str, str]) -> None:
    with serving(**variables):
        eventually(lambda: state(url) == (False, {}, True))
