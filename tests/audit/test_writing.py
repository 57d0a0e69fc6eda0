"""Concurrent, cancelled and killed writers: every acknowledged access is in the log once."""

import asyncio
import signal
import subprocess
from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from erikti.audit import Access, AccessLog, AccessLogUnavailableError, Decision
from models.access import person_hash
from tests.audit.places import PERSON_KEY, Place, access
from tests.audit.processes import start
from tests.support.processes import forked


async def written(place: Place) -> Counter[str]:
    rows = await place.sql("SELECT request_id FROM access_records WHERE decision <> 'OPENED'")
    return Counter(row[0] for row in rows)


async def test_an_entry_has_caller_fields_and_purpose_and_only_hashes_of_people(
    place: Place,
) -> None:
    person = uuid4()
    async with place.log() as log:
        await log.write(Access(Decision.REFUSED, client="a"))
        await log.write(
            Access(
                Decision.ALLOWED,
                client="ministry-1",
                subject="s",
                organisation="Ministry",
                country="KZ",
                purpose="CASE-7",
                operation="f" * 64,
                coordinates=["Person.email"],
                persons=[person, str(person), person.bytes],
                request_id="r-1",
            )
        )
    columns = "decision, client, subject, organisation, country, purpose, operation, coordinates, person_count, request_id"
    rows = await place.sql(f"SELECT {columns} FROM access_records ORDER BY sequence")
    assert [row[0] for row in rows] == ["OPENED", "REFUSED", "ALLOWED"]
    assert tuple(rows[2])[1:] == (
        *("ministry-1", "s", "Ministry", "KZ", "CASE-7", "f" * 64),
        *('["Person.email"]', 1, "r-1"),
    )
    ((found,),) = await place.sql("SELECT person_hash FROM access_persons")
    hashed = UUID(bytes=found) if isinstance(found, bytes) else UUID(str(found))
    assert hashed == person_hash(PERSON_KEY, person) != person
    assert person_hash(b"q" * 32, person) != hashed
    assert await place.problems() == []


async def test_tasks_share_commits_and_one_chain(place: Place) -> None:
    async with place.log() as log:
        await asyncio.gather(*(log.write(access(n)) for n in range(1200)))
    assert await written(place) == {f"r-{n}": 1 for n in range(1200)}
    report = await place.report()
    assert (report.problems, report.chains, report.entries) == ([], 1, 1201)
    assert (report.persons, report.uncovered) == (2400, {})


@pytest.mark.usefixtures("processes")
async def test_processes_write_concurrently_to_their_own_chains(place: Place) -> None:
    processes = [start(place, name, 25) for name in "abc"]
    acknowledged = [line for p in processes for line in p.communicate(timeout=60)[0].split()]
    assert [p.returncode for p in processes] == [0, 0, 0]
    assert len(acknowledged) == 3 * 8 * 25
    assert await written(place) == Counter(acknowledged)
    report = await place.report()
    assert (report.problems, report.chains) == ([], 3)


@pytest.mark.usefixtures("processes")
async def test_acknowledged_entries_survive_kill_9_and_the_log_is_intact(place: Place) -> None:
    acknowledged: list[str] = []
    for name in "abc":
        process = start(place, name, 1_000_000)
        assert process.stdout is not None
        for _ in range(300):
            acknowledged.append(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
        acknowledged += process.communicate(timeout=30)[0].split("\n")[:-1]
    found = await written(place)
    assert set(acknowledged) <= set(found)
    assert max(found.values()) == 1
    report = await place.report()
    assert (report.problems, report.chains) == ([], 3)


async def test_cancelled_writes_are_recorded_at_most_once_and_block_no_other(place: Place) -> None:
    async with place.log() as log:
        tasks = [asyncio.create_task(log.write(access(n))) for n in range(600)]
        for n, task in enumerate(tasks):
            if n % 3 == 0:
                task.cancel()
            if n % 50 == 0:
                await asyncio.sleep(0.002)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await log.write(access(600))
    stayed = {f"r-{n}" for n, outcome in enumerate(outcomes) if outcome is None}
    assert len(stayed) >= 400
    assert all(o is None or isinstance(o, asyncio.CancelledError) for o in outcomes)
    found = await written(place)
    assert stayed | {"r-600"} <= set(found)
    assert max(found.values()) == 1
    assert await place.problems() == []


async def test_text_that_no_column_can_hold_does_not_prevent_entries(place: Place) -> None:
    bad = access(1, client="a\0\ud800" + "b" * 500, purpose="п" * 500, coordinates=["A.b\0"])
    async with place.log() as log:
        await asyncio.gather(log.write(access(0)), log.write(bad), log.write(access(2)))
        with pytest.raises(ValueError, match="badly formed"):
            await log.write(Access(Decision.ALLOWED, persons=["x"]))
    rows = await place.sql("SELECT client, purpose FROM access_records WHERE client LIKE 'a%'")
    ((client, purpose),) = rows
    assert client.startswith("a\ufffd?b")
    assert (len(client), len(purpose)) == (200, 200)
    assert await place.problems() == []


async def test_a_log_that_is_not_open_refuses(place: Place) -> None:
    log = place.log()
    with pytest.raises(AccessLogUnavailableError):
        await log.write(access())
    async with log:
        await log.write(access())
    with pytest.raises(AccessLogUnavailableError):
        await log.write(access())


async def test_nothing_is_written_if_checkpoints_cannot_be_written(place: Place) -> None:
    place.checkpoints.write_text("a file, not a folder")
    async with place.log() as log:
        with pytest.raises(AccessLogUnavailableError):
            await log.write(access())
        assert not log.available
        place.checkpoints.unlink()
        await log.write(access())
        assert log.available
    assert await place.problems() == []


@pytest.mark.usefixtures("processes")
def test_the_signing_key_is_created_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    script = "import sys; from pathlib import Path; from erikti.audit.signing_key import *; print(key_id(signing_key(Path(sys.argv[1]))))"
    processes = [
        forked.start(["-c", script, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert len({process.communicate(timeout=30)[0] for process in processes}) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


async def test_an_unusable_key_is_reported_at_the_start(place: Place) -> None:
    place.key.write_text("no key")
    log: AccessLog = place.log()
    with pytest.raises(Exception, match="has no unencrypted private key"):
        await log.__aenter__()
