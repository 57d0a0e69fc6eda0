"""Writes that are cancelled anywhere leak nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from erikti.database.connection import Database, connection, fetch, transaction
from erikti.database.errors import is_away
from models.people import Country
from tests.database.leaks import Leaks, watched
from tests.database.suspending import MOST, Suspensions
from tests.support.processes import started

Work = Callable[[], Coroutine[Any, Any, None]]
CODES = [f"{letter}{digit}" for letter in "QX" for digit in range(10)]
OURS = "name_en = 'Cancelled'"
CRASH = """
import asyncio, sys
from erikti.database.connection import fetch, one_snapshot, Database

async def main():
    await held.__aenter__()
    with one_snapshot():
        await fetch("SELECT 1")
    await fetch("SELECT 1")

held = Database(sys.argv[1])
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
raise RuntimeError("the end")
"""


@pytest.fixture
async def leaks(database: str) -> AsyncIterator[Leaks]:
    """Check for leaks in a database of this test."""
    async with watched(database) as leaks:
        yield leaks


def countries() -> list[Country]:
    """Return records that no other test creates."""
    return [Country(code=code, name_en="Cancelled") for code in CODES]


async def in_bulk() -> None:
    """Write many records by Tortoise, in its own transaction."""
    await Country.bulk_create(countries())


async def in_ours() -> None:
    """A transaction with a statement, many records, and a savepoint."""
    async with transaction() as client:
        await client.execute_query("UPDATE regions SET kind = kind")
        await Country.bulk_create(countries()[:10])
        async with transaction():
            await Country.bulk_create(countries()[10:])


async def in_tortoises() -> None:
    """Tortoise's own transaction."""
    async with in_transaction():
        for country in countries():
            await country.save()


async def one_by_one_with_a_refusal() -> None:
    """A savepoint that fails, within a transaction that commits."""
    async with transaction():
        await Country.bulk_create(countries())
        with pytest.raises(IntegrityError):
            async with transaction():
                await Country.bulk_create(countries()[:1])


async def written() -> int:
    """Return the number of these records."""
    ((count,),) = await fetch(f"SELECT count(*) FROM countries WHERE {OURS}")
    return int(count)


@pytest.mark.parametrize("work", [in_bulk, in_ours, in_tortoises, one_by_one_with_a_refusal])
async def test_cancelled_at_every_await(leaks: Leaks, work: Work) -> None:
    cancelled = 0
    for number in range(1, MOST):
        if not await Suspensions(number).cancel(work()):
            break
        cancelled += 1
        await leaks.none_are_left()
        # All or nothing.
        assert await written() in (0, len(CODES))
        await asyncio.wait_for(fetch(f"DELETE FROM countries WHERE {OURS}"), 10)
    assert cancelled >= 3
    assert await written() == len(CODES)


async def test_cancelled_while_it_connects(database_url: str) -> None:
    for number in range(1, MOST):
        async with Database(database_url), watched(database_url) as leaks:
            came = await Suspensions(number).cancel(in_bulk())
            await leaks.none_are_left()
            await asyncio.wait_for(fetch(f"DELETE FROM countries WHERE {OURS}"), 10)
            assert await written() == 0
        if not came:
            break
    assert number > 5


async def test_many_cancelled_waits_for_a_transaction(leaks: Leaks) -> None:
    holds, let_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction() as client:
            await client.execute_query("UPDATE regions SET kind = kind")
            holds.set()
            await let_go.wait()

    holder = asyncio.create_task(hold())
    await holds.wait()
    tasks = [asyncio.create_task(in_ours()) for _ in range(30)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in done)
    let_go.set()
    await holder
    await leaks.none_are_left()
    assert await written() == 0
    await in_ours()
    assert await written() == len(CODES)


async def test_a_failure_to_connect_releases_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    async with Database(f"sqlite://{folder}/erikti.db"):
        for _ in range(3):
            for failing in (fetch("SELECT 1"), in_bulk()):
                with pytest.raises(Exception, match="unable to open") as caught:
                    await asyncio.wait_for(failing, 10)
                assert is_away(caught.value)
        folder.mkdir()
        assert await asyncio.wait_for(fetch("SELECT 1"), 10)
        assert not connection()._lock.locked()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("processes")
def test_a_process_that_fails_with_the_database_open_ends(database_url: str) -> None:
    done = started.python("-c", CRASH, database_url)
    assert done.returncode == 1
    assert "RuntimeError: the end" in done.stderr
