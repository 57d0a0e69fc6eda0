"""A running process signs and closes the chains of killed ones, so nothing can be added."""

import asyncio
import json
import resource
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from erikti.audit import AccessLog, AccessLogUnavailableError
from erikti.audit.chain import Chain
from erikti.audit.entries import Draft, Entry, chained, draft
from erikti.audit.stores import MOST, store
from tests.audit.outages import ON_POSTGRES, again, refused, unwritable
from tests.audit.places import PERSON_KEY, Place, access, write_chain
from tests.audit.processes import start
from tests.audit.tampering import RECORDS, remove
from tests.support.waiting import until

OLD = datetime(2020, 1, 1, tzinfo=UTC)


def drafted(at: datetime, n: int = 0) -> Draft:
    return draft(access(n, persons=0), PERSON_KEY, at)


async def invent(place: Place, writer: UUID, count: int, at: datetime | None = None) -> None:
    """Add well-formed entries after the end of a chain, as an administrator could."""
    where = store(place.url)
    try:
        tail = await where.tail(writer)
        assert tail is not None
        sequence, previous = tail
        made: list[Entry] = []
        for n in range(1, count + 1):
            made.append(chained(writer, sequence + n, previous, drafted(at or OLD, n)))
            previous = made[-1].hash
        await where.insert(made)
    finally:
        await where.close()


async def kill_one(place: Place, entries: int = 30) -> UUID:
    """Start and kill a process; return its chain."""
    process = start(place, "a", 1_000_000, tasks=2)
    assert process.stdout is not None
    for _ in range(entries):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    ((writer,),) = await place.sql(f"SELECT DISTINCT writer FROM {RECORDS}")
    return UUID(bytes=writer) if isinstance(writer, bytes) else UUID(str(writer))


def last(place: Place, writer: UUID) -> dict[str, Any]:
    lines = [line for line in place.lines(writer) if line.endswith("\n")]
    payload: dict[str, Any] = json.loads(lines[-1])
    return payload


async def closed(place: Place, writer: UUID) -> dict[str, Any]:
    """Wait for the checkpoint that closes a chain and return it."""
    await until(lambda: bool(last(place, writer)["closed"]))
    return last(place, writer)


async def leave(place: Place, chain: UUID) -> None:
    """Remove the checkpoints of entries 6 to 12, as if the process had been killed."""
    (place.checkpoints / f"{chain}.jsonl").write_text("".join(place.lines(chain)[:2]))


@pytest.mark.usefixtures("processes")
async def test_entries_after_a_killed_chain_are_reported(place: Place) -> None:
    writer = await kill_one(place)
    assert await place.problems() == []
    await invent(place, writer, 900)
    ((kind, number),) = await place.problems()
    assert (kind, number is not None) == ("not signed for", True)


@pytest.mark.usefixtures("processes")
async def test_the_chain_of_a_killed_process_is_closed_by_another(place: Place) -> None:
    writer = await kill_one(place)
    async with place.log():
        payload = await closed(place, writer)
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})
    assert payload["successor"]
    assert report.entries == payload["sequence"] + 1
    await invent(place, writer, 1, datetime.now(UTC))
    assert await place.problems() == [("inserted", payload["sequence"] + 1)]


@pytest.mark.usefixtures("chain")
async def test_a_group_that_lands_after_its_process_was_killed_is_refused(
    place: Place, chain: UUID
) -> None:
    """Its number is taken by the chain's final entry."""
    await leave(place, chain)
    where = store(place.url)
    tail = await where.tail(chain)
    assert tail == (12, tail[1] if tail else b"")
    async with place.log():
        assert (await closed(place, chain))["sequence"] == 13
    with pytest.raises(Exception, match=r"UNIQUE|unique|takes inserts only"):
        await where.insert([chained(chain, 13, tail[1], drafted(datetime.now(UTC)))])
    await where.close()
    assert await place.problems() == []


@pytest.mark.parametrize(
    ("at", "count", "expected"),
    [
        (lambda now: now, 5, []),
        (lambda now: now - timedelta(hours=1), 5, [("not signed for", 13)]),
        (lambda now: now + timedelta(hours=1), 5, [("not signed for", 6)]),
        (lambda now: now, MOST, [("inserted", 6)]),
    ],
)
async def test_a_successor_does_not_sign_forged_entries(
    place: Place,
    chain: UUID,
    at: Callable[[datetime], datetime],
    count: int,
    expected: list[tuple[str, int]],
) -> None:
    await leave(place, chain)
    await invent(place, chain, count, at(datetime.now(UTC)))
    async with place.log():
        await closed(place, chain)
    assert await place.problems() == expected


@pytest.mark.usefixtures("chain")
async def test_more_entries_than_a_process_leaves_are_named(place: Place, chain: UUID) -> None:
    await leave(place, chain)
    now = datetime.now(UTC)
    await invent(place, chain, MOST - 7, now)
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {str(chain): MOST})
    await invent(place, chain, 1, now)
    assert await place.problems() == [("not signed for", 6)]


async def test_an_old_copy_is_still_recognised(place: Place, chain: UUID) -> None:
    """No entry is added after the gap."""
    await leave(place, chain)
    await remove(place, "> 3")
    async with place.log():
        await closed(place, chain)
    assert await place.problems() == [("restored", 4)]


async def test_an_entry_added_after_a_running_chain_is_reported(place: Place) -> None:
    async with place.log() as log:
        await log.write(access(0))
        assert log._chain is not None
        writer = log._chain.writer
        await invent(place, writer, 1, datetime.now(UTC) + timedelta(seconds=1))
        await refused(log, 1)
        await log.write(access(2))
        assert log._chain is not None
        assert log._chain.writer != writer
    problems = (await place.report()).problems
    assert [(p.kind.value, p.writer, p.sequence) for p in problems] == [
        ("inserted", str(writer), 2)
    ]


async def test_a_group_committed_late_belongs_to_the_chain(place: Place) -> None:
    chain = Chain(place.checkpoints, place.signer(), "test", uuid4())
    now = datetime.now(UTC)
    chain.settle((0, chain.extend([], now)[-1].hash))
    head = chain.head
    late = chain.extend([drafted(now)], now)[-1]
    assert chain.settle(head)  # it is not there
    chain.extend([drafted(now)], now)
    assert chain.settle((late.sequence, late.hash))
    assert (chain.head, len(chain.marks)) == ((1, late.hash), 2)
    assert not chain.settle((1, bytes(32)))


async def test_a_writer_leaves_at_most_as_many_unsigned_entries_as_allowed(place: Place) -> None:
    async with place.log() as log:
        await log.write(access(0))
        assert log._chain is not None
        path = log._chain.file.path
        with unwritable(path):
            outcomes = await asyncio.gather(
                *(log.write(access(n, persons=0)) for n in range(3 * MOST)),
                return_exceptions=True,
            )
            assert len(log._chain.marks) <= MOST
        assert any(outcomes)
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})
    assert report.entries <= MOST + 2


async def test_a_chain_that_another_closed_is_left(place: Place) -> None:
    """If locks do not work across machines, a running writer's chain may be taken over."""
    async with place.log() as log:
        await log.write(access(0))
        assert log._chain is not None
        first = log._chain
        await until(lambda: len(place.lines(first.writer)) > 1)
        first.file.close()
        await closed(place, first.writer)
        await refused(log, 1)
        await log.write(access(2))
        assert log._chain is not first
    assert await place.problems() == []


async def test_a_chain_is_closed_once(place: Place) -> None:
    writer = await write_chain(place, before=1, after=1)
    (place.checkpoints / f"{writer}.jsonl").write_text("".join(place.lines(writer)[:-1]))
    async with place.log(), place.log(), place.log() as log:
        await closed(place, writer)
        await log.write(access(9))
    assert await place.problems() == []
    ((count,),) = await place.sql(f"SELECT count(*) FROM {RECORDS} WHERE decision = 'OPENED'")
    assert count == 3


async def test_half_a_checkpoint_of_a_killed_process_is_replaced(place: Place, chain: UUID) -> None:
    lines = place.lines(chain)
    half = "".join(lines[:2]) + lines[2][:40]
    (place.checkpoints / f"{chain}.jsonl").write_text(half)
    async with place.log():
        await closed(place, chain)
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})


async def refusal(log: AccessLog) -> bool:
    """Write an access and return whether it was rejected."""
    try:
        await log.write(access())
    except AccessLogUnavailableError:
        return True
    return False


@ON_POSTGRES
async def test_a_full_disk_leaves_the_log_intact(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of this process's files is limited, so lines are cut off at any byte."""
    monkeypatch.setattr("erikti.audit.log.UNSIGNED", 0.2)
    monkeypatch.setattr("erikti.audit.log.INTERVAL", 0.02)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (100, 3_000, 3_100):
        async with place.log() as log:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
            try:
                async with asyncio.timeout(60):
                    while not await refusal(log):
                        pass
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
            assert await place.problems() == []
            await again(log, 1)
        report = await place.report()
        assert (report.problems, report.uncovered) == ([], {})
