"""A clock that was ahead and is set back: the chain ends, and another starts."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from erikti.audit import AccessLog
from erikti.audit.checkpoints import CheckpointFile
from tests.audit.places import Place, access
from tests.support.waiting import until

DAY = timedelta(days=1)


class Clock(datetime):
    """A clock with wrong readings."""

    ahead = timedelta()
    readings: Iterator[timedelta] = iter(())

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        """Return the time, shifted by the next reading, or else as it was set."""
        return super().now(tz) + next(cls.readings, cls.ahead)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr("erikti.audit.log.datetime", Clock)
    monkeypatch.setattr("erikti.audit.checkpoints.datetime", Clock)
    monkeypatch.setattr(Clock, "ahead", timedelta())
    monkeypatch.setattr(Clock, "readings", iter(()))
    return Clock


async def chains(place: Place) -> list[list[datetime]]:
    """Return the times of the entries of each chain, ordered by chain and number."""
    rows = await place.sql("SELECT writer, recorded_at FROM access_records ORDER BY id")
    found: dict[str, list[datetime]] = {}
    for writer, at in rows:
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        found.setdefault(str(writer), []).append(moment)
    return list(found.values())


def writer_of(log: AccessLog) -> object:
    assert log._chain is not None
    return log._chain.writer


async def test_a_clock_that_is_put_right_ends_the_chain(place: Place, clock: type[Clock]) -> None:
    clock.ahead = DAY
    async with place.log() as log:
        await log.write(access(0))
        first = writer_of(log)
        clock.ahead = timedelta()
        for n in (1, 2):
            await log.write(access(n))
        assert writer_of(log) != first
    ahead, right = await chains(place)
    now = datetime.now(UTC)
    assert min(ahead) > now
    assert max(right) <= now
    assert (len(ahead), len(right)) == (2, 3)
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})


async def test_entries_that_wait_together_are_parted_where_the_clock_went_back(
    place: Place, clock: type[Clock]
) -> None:
    async with place.log() as log:
        clock.readings = iter([DAY, DAY, timedelta(), timedelta()])
        await asyncio.gather(*(log.write(access(n)) for n in range(4)))
    found = await chains(place)
    assert [len(times) for times in found] == [3, 3]
    assert all(one <= next_ for times in found for one, next_ in pairwise(times))
    assert await place.problems() == []


async def test_a_clock_that_is_trimmed_ends_nothing(place: Place, clock: type[Clock]) -> None:
    async with place.log() as log:
        for n in range(4):
            clock.ahead = timedelta(milliseconds=-100 * n)
            await log.write(access(n))
    (times,) = await chains(place)
    assert times == sorted(times)
    assert await place.problems() == []


async def left_in_the_future(place: Place, clock: type[Clock]) -> UUID:
    """Return the chain of a process killed while its clock was ahead; the clock is right now."""
    clock.ahead = DAY
    async with place.log() as log:
        await log.write(access(0))
        assert log._chain is not None
        chain = log._chain
        await until(lambda: len(place.lines(chain.writer)) > 1)
        await log.write(access(1))
        chain.file.close()
        path = place.checkpoints / f"{chain.writer}.jsonl"
        kept = place.lines(chain.writer)[:2]
        log._chain = None
    path.write_text("".join(kept))
    clock.ahead = timedelta()
    return chain.writer


async def closed(place: Place, writer: UUID) -> None:
    """Wait until another writer has closed a chain."""
    async with place.log():
        await until(lambda: '"closed":true' in place.lines(writer)[-1])
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})


async def test_a_chain_of_the_future_is_closed_by_a_successor(
    place: Place, clock: type[Clock]
) -> None:
    await closed(place, await left_in_the_future(place, clock))


async def test_a_successor_that_was_killed_before_it_signed_is_no_fault(
    place: Place, clock: type[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await left_in_the_future(place, clock)
    add = CheckpointFile.add
    failed: list[CheckpointFile] = []

    def fail_once(file: CheckpointFile, *given: Any, **more: Any) -> None:
        if file.writer == writer and not failed:
            failed.append(file)
            raise OSError("killed")
        add(file, *given, **more)

    monkeypatch.setattr(CheckpointFile, "add", fail_once)
    await closed(place, writer)
    assert failed
