# ruff: noqa: ASYNC240 - what a test does to files may block
"""Entries are signed in time, or writing stops; closed logs leave nothing unsigned."""

import asyncio
import json
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from erikti.audit import AccessLog, AccessLogUnavailableError
from erikti.audit.checkpoints import CheckpointFile
from erikti.audit.entries import START
from tests.audit.outages import ON_POSTGRES, ON_SQLITE, State, again, proxied, refused, unwritable
from tests.audit.places import Place, access
from tests.support.waiting import until

FOREVER = 1000.0
SOON = 0.01
MANY = 20


def pace(monkeypatch: pytest.MonkeyPatch, **values: float) -> None:
    """Set shorter intervals and smaller limits than those of a server."""
    for name, value in values.items():
        monkeypatch.setattr(f"erikti.audit.log.{name}", value)


def file_of(log: AccessLog) -> Path:
    assert log._chain is not None
    return log._chain.file.path


def signed(path: Path) -> int:
    """Return the number of the last signed entry in a file, or -1."""
    lines = path.read_text().splitlines()
    return int(json.loads(lines[-1])["sequence"])


async def reached(log: AccessLog, number: int) -> None:
    """Wait until an entry is signed."""
    await until(lambda: signed(file_of(log)) == number)


async def passed(seconds: float) -> None:
    """Wait for a real time, which these tests depend on."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end)


async def test_no_entry_is_written_while_others_stay_unsigned_for_too_long(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace(monkeypatch, UNSIGNED=0.2, INTERVAL=SOON)
    async with place.log() as log:
        await again(log, 1)
        path = file_of(log)
        await until(lambda: signed(path) == 1)
        with unwritable(path):
            await again(log, 2)
            refusals = 0
            async with asyncio.timeout(60):
                while refusals < MANY:
                    try:
                        await log.write(access(3))
                    except AccessLogUnavailableError:
                        refusals += 1
        assert not log.available
        await again(log, 4)
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})


async def test_a_rarely_used_log_is_not_considered_unable_to_sign(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace(monkeypatch, UNSIGNED=0.1, INTERVAL=SOON)
    async with place.log() as log:
        for n in range(3):
            async with asyncio.timeout(60):
                await again(log, n)
            await reached(log, n + 1)
            await passed(0.2)
    assert await place.problems() == []


async def test_many_entries_are_signed_for_without_waiting(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace(monkeypatch, INTERVAL=FOREVER, UNCOVERED=5)
    async with place.log() as log:
        for n in range(3):
            await log.write(access(n))
        # Four with the first entry of the chain; they are unsigned.
        report = await place.report()
        assert (report.problems, list(report.uncovered.values())) == ([], [4])
        assert signed(file_of(log)) == -1
        await log.write(access(3))
        await until(lambda: signed(file_of(log)) == 4)
    assert await place.problems() == []


async def test_a_log_that_has_nothing_to_sign_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace(monkeypatch, INTERVAL=SOON)
    async with place.log() as log:
        await passed(10 * SOON)
        await log.write(access(0))
        path = file_of(log)
        await until(lambda: signed(path) == 1)
        lines = len(path.read_text().splitlines())
        await passed(10 * SOON)
        assert len(path.read_text().splitlines()) == lines
        await log.write(access(1))
        await until(lambda: signed(path) == 2)


async def test_queued_entries_are_written_and_signed_on_close(place: Place) -> None:
    before = asyncio.all_tasks()
    async with place.log() as log:
        tasks = [asyncio.create_task(log.write(access(n))) for n in range(MANY)]
        await asyncio.sleep(0)  # each is waiting now
    assert asyncio.all_tasks() - before <= set(tasks)
    await asyncio.gather(*tasks)
    report = await place.report()
    assert (report.problems, report.entries, report.uncovered) == ([], MANY + 1, {})
    threads = "access-log"
    await until(lambda: not any(t.name.startswith(threads) for t in threading.enumerate()))


async def test_more_entries_than_may_wait_are_refused_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace(monkeypatch, WAITING=3)
    async with place.log() as log:
        done = await asyncio.gather(
            *(log.write(access(n)) for n in range(10)), return_exceptions=True
        )
    assert done[:3] == [None] * 3
    assert {type(one) for one in done[3:]} == {AccessLogUnavailableError}
    assert (await place.report()).entries == 4


async def test_an_outage_is_logged_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.checkpoints.write_text("a file, not a folder")

    def logged() -> int:
        return sum("cannot be written" in record.getMessage() for record in caplog.records)

    async with place.log() as log:
        for expected in (1, 2):
            for _ in range(3):
                await refused(log)
            assert logged() == expected
            place.checkpoints.unlink()
            await log.write(access())
            assert logged() == expected
            if expected == 1:
                # The next chain cannot be started either.
                await log._leave_chain()
                place.checkpoints.rename(place.folder / "kept")
                place.checkpoints.write_text("a file again")


@ON_POSTGRES
async def test_a_chain_with_an_unconfirmed_end_is_not_closed(place: Place) -> None:
    """An entry that may have been committed must not look like an inserted one."""
    async with proxied(place) as proxy:
        async with proxy.place.log() as log:
            await log.write(access(0))
            proxy.state = State.DEAF
            await refused(log, 1)
        report = await place.report()
    assert (report.problems, list(report.uncovered.values())) == ([], [1])


@ON_SQLITE
async def test_a_file_that_is_replaced_while_an_entry_waits_for_it_takes_none(
    place: Place,
) -> None:
    path = Path(place.url.removeprefix("sqlite://"))
    other = path.with_suffix(".other")
    async with place.log() as log:
        await log.write(access(0))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(other)) as target:
            source.backup(target)
        with closing(sqlite3.connect(path, isolation_level=None)) as holding:
            holding.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(refused(log, 1))
            await until(lambda: log._chain is not None and log._chain.doubtful)
            await passed(0.1)  # ensures that it has opened the file
            for suffix in ("-wal", "-shm"):
                Path(f"{path}{suffix}").unlink()
            os.replace(other, path)
            holding.execute("ROLLBACK")
            await writing
    rows = await place.sql("SELECT request_id FROM access_records WHERE sequence > 0")
    assert [row[0] for row in rows] == ["r-0"]


async def test_a_later_checkpoint_replaces_half_a_line_of_a_full_disk(place: Place) -> None:
    async with place.log() as log:
        await log.write(access(0))
        path = file_of(log)
        await until(lambda: signed(path) == 1)
        with path.open("a") as file:
            file.write('{"checkpoint":')
        await log.write(access(1))
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})


async def test_no_task_continues_after_the_log_is_closed(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pace(monkeypatch, INTERVAL=0.3)
    before = asyncio.all_tasks()
    async with place.log() as log:
        await log.write(access(0))
        path = file_of(log)
        await until(lambda: signed(path) == 1)
        path.unlink()
        path.mkdir()
        await log.write(access(1))
        # From now on the signing task waits before it retries.
        await until(lambda: "could not be written" in caplog.text)
    assert asyncio.all_tasks() == before


def test_checkpoints_are_private_and_leave_no_file_open(place: Place) -> None:
    folder = place.folder / "far" / "away"
    file = CheckpointFile(folder, place.signer(), uuid4(), uuid4())
    opened = len(os.listdir("/proc/self/fd"))
    file.open()
    for number in range(MANY):
        file.add(number, START, ["00000000"])
    assert len(os.listdir("/proc/self/fd")) == opened + 1  # its lock
    file.close()
    assert len(os.listdir("/proc/self/fd")) == opened
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.path.stat().st_mode & 0o777 == 0o600


async def test_the_last_byte_of_another_chain_s_checkpoints_is_missed(place: Place) -> None:
    for n in range(2):
        async with place.log() as log:
            await log.write(access(n))
            path = file_of(log)
        if n == 0:
            first = path
    assert await place.problems() == []
    first.write_bytes(first.read_bytes()[:-1])
    assert ("checkpoint", None) in await place.problems()
