"""An interrupted import leaves the database unchanged."""

import asyncio
import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from erikti.database.connection import Database
from erikti.importers import engine, load, load_file
from erikti.importers.engine import BATCH
from models.changes import ChangeKind, latest
from models.volunteers import Volunteer
from tests.importers.samples import Rows, counts, letters, outcome, volunteer
from tests.models.counting import wrong
from tests.support.databases import KEYS
from tests.support.processes import environment, forked

pytestmark = pytest.mark.usefixtures("processes")

SMALL = 500  # rows of a batch in these tests
ROWS, LONG = 3 * SMALL, 3 * BATCH
IMPORT = """
import asyncio, sys
from erikti.importers import engine, load_file
from erikti.database.connection import Database
from erikti.database.sealed import use
from pathlib import Path
from erikti.settings import from_environment

async def main(url, path):
    async with Database(url):
        await load_file("volunteers", Path(path), progress=lambda *counts: print(*counts, flush=True))

engine.BATCH = int(sys.argv[3])
use(from_environment().keyring())
asyncio.run(main(*sys.argv[1:3]))
"""


def rows(count: int = ROWS) -> Iterator[dict[str, object]]:
    return (
        volunteer(n, birth_date="1990-01-01", family_name=f"Sample{letters(n)}")
        for n in range(count)
    )


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("import")


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    return written(folder, ROWS)


def written(folder: Path, count: int) -> Path:
    """Write a file of volunteers."""
    path = folder / f"{count}.csv"
    listed = list(rows(count))
    names = [name for name in listed[0] if name != "iin"]
    lines = [",".join(names), *(",".join(str(row[name]) for name in names) for row in listed)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_ended_leaves_nothing(
    database_url: str, file: Path, kind: signal.Signals
) -> None:
    with forked.start(
        ["-c", IMPORT, database_url, str(file), str(SMALL)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(kind)
    assert (int(first.split()[0]), process.returncode != 0) == (SMALL, True)
    asyncio.run(_nothing_is_there_and_all_goes_in(database_url, file, ROWS))


async def _nothing_is_there_and_all_goes_in(database_url: str, file: Path, count: int) -> None:
    async with Database(database_url):
        assert set((await counts()).values()) == {0}
        before = await latest(100)
        assert {item.kind for item, _ in before} == {ChangeKind.MIGRATION}
        assert outcome(await load_file("volunteers", file)) == (count, 0, 0, 0)
        *others, (made, tables) = await latest(100)
        assert len(others) == len(before)
        assert (made.position, made.kind) == (others[-1][0].position + 1, ChangeKind.IMPORT)
        assert made.import_digest == digest(file)
        assert {table.name: table.added for table in tables} == {
            "people": count,
            "volunteers": count,
        }
        assert await Volunteer.filter(version=1, change_set=made.id).count() == count
        assert await wrong() == {}


async def test_a_cancelled_import_leaves_nothing(database: str) -> None:
    del database
    reached = asyncio.Event()
    task = asyncio.create_task(load("volunteers", rows(), progress=lambda _: reached.set()))
    await reached.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set((await counts()).values()) == {0}
    assert outcome(await load("volunteers", rows())) == (ROWS, 0, 0, 0)


async def test_a_source_that_fails_half_way_leaves_nothing(database: str) -> None:
    del database

    def failing() -> Iterator[dict[str, object]]:
        yield from rows()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await load("volunteers", failing())
    assert set((await counts()).values()) == {0}


async def test_earlier_records_are_preserved(database: str) -> None:
    del database
    before: Rows = [volunteer(1), volunteer(2)]
    await load("volunteers", before)
    wrong = [{**before[0], "status": "INACTIVE"}, {**before[1], "region": "Atlantis"}]
    assert not (await load("volunteers", wrong)).committed
    assert outcome(await load("volunteers", before)) == (0, 0, 2, 0)


def test_the_command_reports_an_interruption(database_url: str, tmp_path: Path) -> None:
    file = written(tmp_path, LONG)
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    wrong = [f"{line},too,much" for line in lines[:500]]
    longer = tmp_path / "longer.csv"
    longer.write_text("\n".join([header, *wrong, *lines[500:]]), encoding="utf-8")
    report = ("--report", str(tmp_path / "report.json"))
    arguments = ("import", "volunteers", str(longer), "--on-error", "skip", *report)
    with forked.start(
        ["-m", "erikti", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(DATABASE_URL=database_url, ERIKTI_DATA=str(tmp_path), ERIKTI_KEYS=KEYS),
    ) as process:
        listed = tmp_path / "report.rows.csv"
        # Problems of the first batch are on disk; the last batch is still pending.
        while process.poll() is None and not (listed.exists() and listed.stat().st_size):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    summary = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (summary["error"]["code"], summary["committed"]) == ("INTERRUPTED", False)
    asyncio.run(_nothing_is_there_and_all_goes_in(database_url, file, LONG))
