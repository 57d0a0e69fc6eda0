"""Reads of pages of records about people are counted by reader and recorded within a second."""

import asyncio
from typing import Any

import pytest

from erikti.audit import Access, AccessLog, AccessLogUnavailableError, Decision, Readings, readings
from tests.audit.places import Place
from tests.support.waiting import PATIENCE


def reading(number: int = 1, filter_hash: str = "f") -> Access:
    """Return an access by one caller with a filter."""
    return Access(
        Decision.ALLOWED,
        client=f"client-{number}",
        coordinates=("VolunteerConnection.nodes",),
        filter_hash=filter_hash,
    )


async def recorded(place: Place) -> list[tuple[str, str | None, int]]:
    rows = await place.sql(
        "SELECT client, filter_hash, record_count FROM access_records"
        " WHERE decision <> 'OPENED' ORDER BY client, filter_hash"
    )
    return [tuple(row) for row in rows]


async def test_pages_of_a_caller_and_filter_make_one_entry(place: Place) -> None:
    async with place.log() as log, Readings(log).running() as counted:
        for _ in range(50):
            counted.note(reading(1), 20)
            counted.note(reading(1, "g"), 3)
            counted.note(reading(2), 1)
        assert await recorded(place) == []
    expected = [("client-1", "f", 1000), ("client-1", "g", 150), ("client-2", "f", 50)]
    assert await recorded(place) == expected
    assert await place.problems() == []


async def test_they_are_recorded_while_the_process_serves(place: Place) -> None:
    async with place.log() as log, Readings(log).running() as counted:
        for total in (7, 14):
            counted.note(reading(), 7)
            async with asyncio.timeout(PATIENCE):
                while sum(records for *_, records in await recorded(place)) != total:  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.05)


class Refusing(AccessLog):
    """A log whose writes fail for a while."""

    away = True

    async def write(self, access: Access) -> None:
        """Record an access or fail."""
        if self.away:
            raise AccessLogUnavailableError("away")
        await super().write(access)


async def test_readings_that_cannot_be_recorded_are_retried(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "INTERVAL", 0.01)
    made: Any = place.log().__dict__
    log = Refusing.__new__(Refusing)
    log.__dict__.update(made)
    async with log, Readings(log).running() as counted:
        counted.note(reading(), 5)
        await asyncio.sleep(0.1)
        counted.note(reading(), 6)
        await asyncio.sleep(0.1)
        assert await recorded(place) == []
        log.away = False
    assert await recorded(place) == [("client-1", "f", 11)]


async def test_one_caller_makes_few_entries_whatever_they_filter_by(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one caller could fill the log."""
    monkeypatch.setattr(readings, "EACH", 3)
    async with place.log() as log, Readings(log).running() as counted:
        for number in range(10):
            counted.note(reading(1, f"{number}"), 1)
            counted.note(reading(2), 1)
    found = await recorded(place)
    assert sorted(found, key=str) == [
        *(("client-1", f"{number}", 1) for number in range(3)),
        ("client-1", None, 7),
        ("client-2", "f", 10),
    ]


async def test_so_many_wait_and_no_more(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "MOST", 3)
    monkeypatch.setattr(readings, "GROUP", 2)
    async with place.log() as log, Readings(log).running() as counted:
        for number in range(3):
            counted.note(reading(number), 1)
        with pytest.raises(AccessLogUnavailableError):
            counted.note(reading(3), 1)
        counted.note(reading(0), 1)  # it waits already
    assert [records for *_, records in await recorded(place)] == [2, 1, 1]
