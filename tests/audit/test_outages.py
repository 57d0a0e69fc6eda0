# ruff: noqa: ASYNC240 - what a test does to files may block
"""The database is unavailable, slow or replaced: no access is reported as recorded."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.audit.outages import ON_POSTGRES, ON_SQLITE, State, again, proxied, refused
from tests.audit.places import Place, access
from tests.support.waiting import until

BOUND = 6.0  # seconds; two are promised, on a machine that has nothing else to do


async def chains_and_ids(place: Place) -> tuple[int, list[str]]:
    rows = await place.sql(
        "SELECT writer, request_id FROM access_records WHERE sequence > 0 ORDER BY recorded_at"
    )
    return len({bytes(r[0]) if place.sqlite else r[0] for r in rows}), [row[1] for row in rows]


@ON_POSTGRES
async def test_a_database_that_is_away_refuses_at_once_and_serves_when_it_is_back(
    place: Place,
) -> None:
    async with proxied(place) as proxy:
        await proxy.stop()
        async with proxy.place.log() as log:
            assert await refused(log) < BOUND
            await proxy.start()
            await log.write(access(1))
            await proxy.stop()
            assert await refused(log, 2) < BOUND
            await proxy.start()
            await log.write(access(3))
    assert await chains_and_ids(place) == (1, ["r-1", "r-3"])
    assert await place.problems() == []


@ON_POSTGRES
async def test_a_frozen_database_refuses_in_time_and_serves_when_it_thaws(place: Place) -> None:
    async with proxied(place) as proxy, proxy.place.log() as log:
        await log.write(access(0))
        proxy.state = State.FROZEN
        waits = await asyncio.gather(*(refused(log, n) for n in range(1, 20)))
        assert max(waits) < BOUND
        proxy.state = State.UP
        async with asyncio.timeout(BOUND):
            await again(log, 20)
    _, ids = await chains_and_ids(place)
    assert (ids[0], ids[-1]) == ("r-0", "r-20")
    assert len(ids) == len(set(ids))
    assert await place.problems() == []


@ON_POSTGRES
async def test_a_commit_whose_answer_is_lost_is_found_and_the_chain_goes_on(place: Place) -> None:
    async with proxied(place) as proxy, proxy.place.log() as log:
        await log.write(access(0))
        proxy.state = State.DEAF
        await refused(log, 1)
        proxy.state = State.UP
        async with asyncio.timeout(BOUND):
            await again(log, 2)
    assert await chains_and_ids(place) == (1, ["r-0", "r-1", "r-2"])
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {})


@ON_SQLITE
async def test_a_file_that_is_away_refuses_and_serves_when_it_is_back(place: Place) -> None:
    path = Path(place.url.removeprefix("sqlite://"))
    away = path.with_suffix(".away")
    path.rename(away)
    async with place.log() as log:
        assert await refused(log) < BOUND
        assert not path.exists()
        away.rename(path)
        await log.write(access(1))
    assert await chains_and_ids(place) == (1, ["r-1"])
    assert await place.problems() == []


@ON_SQLITE
async def test_a_long_lock_on_the_file_prevents_writes(
    place: Place,
) -> None:
    path = place.url.removeprefix("sqlite://")
    async with place.log() as log:
        await log.write(access(0))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await refused(log, 1) < BOUND
            other.execute("ROLLBACK")
        async with asyncio.timeout(BOUND):
            await again(log, 2)
    assert (await chains_and_ids(place))[0] == 1
    assert await place.problems() == []


@ON_SQLITE
async def test_an_old_copy_put_in_the_place_of_the_file_is_noticed_by_the_writer_too(
    place: Place,
) -> None:
    path = Path(place.url.removeprefix("sqlite://"))
    old = path.with_suffix(".old")
    async with place.log() as log:
        await log.write(access(0))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(old)) as target:
            source.backup(target)
        await log.write(access(1))
        assert log._chain is not None
        writer = log._chain.writer
        await until(lambda: '"sequence":2' in "".join(place.lines(writer)))
        shutil.copy(old, path.with_suffix(".new"))
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink()
        os.replace(path.with_suffix(".new"), path)
        await refused(log, 2)
        await log.write(access(3))
    assert await chains_and_ids(place) == (2, ["r-0", "r-3"])
    report = await place.report()
    (problem,) = report.problems
    assert (problem.kind, problem.writer, problem.sequence) == ("cut off", str(writer), 2)
