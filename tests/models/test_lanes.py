"""Writers of rollups do not wait for each other, and folding changes no number."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from tortoise.migrations.executor import MigrationTarget

from erikti.database.calendar import use_zone
from erikti.database.connection import (
    Database,
    config,
    connection,
    dialect,
    fetch,
    one_snapshot,
    transaction,
)
from erikti.database.folding import fold
from erikti.database.migration_executor import Executor
from erikti.database.tables import APP
from models.migrate import migrate
from models.rollups import ROLLUPS
from models.volunteers import Project
from tests.models.counting import wrong
from tests.models.writers import REGIONS, Writer, add_people, add_volunteer
from tests.support.databases import Server
from tests.support.processes import forked

PATIENCE = 60
WRITERS = 4
TRANSACTIONS = 15  # of each writer
T = TypeVar("T")


async def lanes_of(table: str) -> list[int]:
    """Return the lanes that have rows."""
    return [row[0] for row in await fetch(f"SELECT DISTINCT lane FROM {table} ORDER BY lane")]


async def unfolded() -> int:
    """Return the number of rows outside of lane 0."""
    laned = (rollup.table for rollup in ROLLUPS if rollup.lanes)
    parts = (f"(SELECT count(*) FROM {table} WHERE lane > 0)" for table in laned)
    return int((await fetch(f"SELECT {' + '.join(parts)}"))[0][0])


@pytest.fixture
def country_url(server: Server) -> Iterator[str]:
    """The URL of a country of the test's own, whose rollups are spread over lanes."""
    with server.copied(server.scattered()) as url:
        yield url


@pytest.fixture
async def country(country_url: str) -> AsyncIterator[str]:
    """The same, open."""
    async with Database(country_url):
        yield country_url


async def beside(url: str, work: Callable[[], Awaitable[T]]) -> T:
    """Run something on other connections, while a transaction of this task is open."""

    async def run() -> T:
        async with Database(url), asyncio.timeout(PATIENCE):
            return await work()

    return await asyncio.create_task(run())


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_overlapping_writers_of_the_same_combinations_do_not_wait(database: str) -> None:
    people = await add_people(8)

    async def write(place: int = 0) -> None:
        """Write before and after the next writer, which begins and ends within."""
        first, second = REGIONS if place % 4 else REGIONS[::-1]
        async with transaction():
            await add_volunteer(people[place], first)
            if place + 2 < len(people):
                await beside(database, lambda: write(place + 2))
            await add_volunteer(people[place + 1], second)

    await write()
    assert await lanes_of("volunteers_by_place") == [0, 1, 2, 3]
    assert await wrong() == {}
    moved = await unfolded()
    assert 0 < moved <= await fold(ROLLUPS)
    assert await unfolded() == 0
    assert await wrong() == {}


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_a_fold_leaves_the_lanes_of_running_transactions(country: str) -> None:
    (person,) = await add_people(1)
    async with transaction():
        await add_volunteer(person, REGIONS[0])  # in lane 0
        assert await beside(country, lambda: fold(ROLLUPS)) > 0
        assert await beside(country, lambda: lanes_of("volunteers_by_place")) == [0, 1]
    await fold(ROLLUPS)
    assert await unfolded() == 0
    assert await wrong() == {}


async def test_folding_changes_no_number(country: str) -> None:
    assert country
    assert await wrong() == {}
    assert (await unfolded() > 0) == (dialect().name == "postgres")
    await fold(ROLLUPS, rows=50)
    assert await unfolded() == 0
    assert await wrong() == {}


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_emptying_a_table_empties_all_lanes(country: str) -> None:
    assert country
    await fetch("TRUNCATE volunteers, enquiries CASCADE")
    assert await wrong() == {}


async def test_lanes_can_be_added_and_reverted(country: str) -> None:
    plain = [replace(rollup, lanes=False) for rollup in ROLLUPS]
    for name, rollups in (("0015_field_sources", plain), ("0016_lanes", ROLLUPS)):
        executor = Executor(connection(), config(country)["apps"])
        await executor.migrate([MigrationTarget(APP, name)])
        assert await wrong(rollups) == {}
        (person,) = await add_people(1)
        await add_volunteer(person, REGIONS[0])
        assert await wrong(rollups) == {}


async def test_lanes_are_added_in_the_time_zone_in_use(country: str) -> None:
    executor = Executor(connection(), config(country)["apps"])
    await executor.migrate([MigrationTarget(APP, "0015_field_sources")])
    use_zone("Pacific/Auckland")
    await migrate(country)
    assert await wrong() == {}


FOLDING = """
import asyncio, sys
from erikti.database.connection import Database
from erikti.database.folding import fold
from models.rollups import ROLLUPS

async def main(url):
    async with Database(url):
        for rollup in ROLLUPS:
            print(rollup.table, flush=True)
            await fold([rollup], rows=20)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_a_killed_fold_loses_nothing(country: str) -> None:
    for lines in (2, 5, 8):
        command = ["-c", FOLDING, country]
        with forked.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            for _ in range(lines):
                assert process.stdout.readline()
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert await unfolded() > 0
        assert await wrong() == {}
    await fold(ROLLUPS)
    assert await unfolded() == 0
    assert await wrong() == {}


@pytest.mark.parametrize("seed", range(3))
async def test_figures_equal_a_full_count_at_every_moment(country: str, seed: int) -> None:
    projects = [project.id for project in await Project.all().limit(2)]
    people = await add_people(WRITERS * 3)

    async def write(number: int) -> None:
        own = people[number::WRITERS]
        await beside(country, lambda: Writer(own, projects, seed * 10 + number)(TRANSACTIONS))

    async def fold_on() -> None:
        while True:
            await fold(ROLLUPS, rows=30)
            await asyncio.sleep(0)

    folding = asyncio.create_task(beside(country, fold_on))
    writing = asyncio.gather(*map(write, range(WRITERS)))
    while not writing.done():
        with one_snapshot():
            assert await wrong() == {}
        await asyncio.sleep(0.01)
    await writing
    folding.cancel()
    assert await wrong() == {}
