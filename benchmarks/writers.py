"""Measure writers that share rollup rows: ``python -m benchmarks.writers``.

PostgreSQL with ``fsync`` on, in the folder for temporary files. With and without the triggers of
rollups alternate, so that both meet the same machine.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from benchmarks.database import embedded, plain
from erikti.database.connection import Database
from erikti.database.folding import fold
from erikti.database.retries import ATTEMPTS
from models.rollups import ROLLUPS
from resolvers.dataloaders.groups import load_groups
from resolvers.dataloaders.listings import GroupRequest
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.volunteers import VOLUNTEERS

WRITERS = 8
UNFOLDED = 10_000
READS = 200
BLOCK = b"\0" * 8192
INSERT = """INSERT INTO volunteers (id, source_system, source_id, person_id, region_id, status,
    silver, registered_on, hours_total)
    VALUES ($1, 'T', $2, $1, $3, 'ACTIVE', FALSE, '2025-01-01', 0)"""
TABLES = ("people", "volunteers")
LOST = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class Race:
    """Writers that each write one volunteer of two regions, in either order."""

    def __init__(self, dsn: str, seconds: float) -> None:
        self._dsn = dsn
        self._seconds = seconds
        self.retries = self.failures = 0

    async def __call__(self, writers: int) -> float:
        """Return the transactions a second."""
        people = [await self._people() for _ in range(writers)]
        end = time.monotonic() + self._seconds
        counts = await asyncio.gather(*(self._write(own, n, end) for n, own in enumerate(people)))
        return sum(counts) / self._seconds

    async def _people(self) -> list[UUID]:
        ids = [uuid4() for _ in range(int(self._seconds * 1000))]
        async with connected(self._dsn) as server:
            await server.execute("SET session_replication_role = replica")
            rows = [(id_, "A.") for id_ in ids]
            sql = "INSERT INTO people (id, display_name, recorded_on) VALUES ($1, $2, '2025-01-01')"
            await server.executemany(sql, rows)
        return ids

    async def _write(self, people: list[UUID], number: int, end: float) -> int:
        done = 0
        async with connected(self._dsn) as server:
            while time.monotonic() < end and len(people) > 1:
                pair, order = (people.pop(), people.pop()), ("KZ-71", "KZ-75")
                await self._pair(server, pair, order[:: 1 if (number + done) % 2 else -1])
                done += 1
        return done

    async def _pair(
        self, server: asyncpg.Connection, people: tuple[UUID, UUID], regions: tuple[str, ...]
    ) -> None:
        for _ in range(ATTEMPTS):
            try:
                async with server.transaction():
                    for person, region in zip(people, regions, strict=True):
                        await server.execute(INSERT, person, str(person), region)
            except LOST:
                self.retries += 1
            else:
                return
        self.failures += 1


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the server."""
    server = await asyncpg.connect(dsn, server_settings={"jit": "off"})
    try:
        yield server
    finally:
        await server.close()


async def with_triggers(dsn: str, enabled: bool) -> None:
    """Enable or disable the triggers of rollups, and no others."""
    async with connected(dsn) as server:
        for table in TABLES:
            names = await server.fetch(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::regclass "
                "AND NOT tgisinternal AND tgname ~ '^(volunteers|people)_by_'",
                table,
            )
            for (name,) in names:
                word = "ENABLE" if enabled else "DISABLE"
                await server.execute(f"ALTER TABLE {table} {word} TRIGGER {name}")


async def race(dsn: str, seconds: float, rounds: int) -> None:
    """Print the transactions a second of writers, with and without rollups."""
    for writers in (1, WRITERS):
        found: dict[bool, list[float]] = {True: [], False: []}
        run = Race(dsn, seconds)
        for _ in range(rounds):
            for enabled, speeds in found.items():
                await with_triggers(dsn, enabled)
                speeds.append(await run(writers))
        await with_triggers(dsn, enabled=True)
        kept, without = (statistics.median(found[enabled]) for enabled in (True, False))
        print(
            f"{writers} writers: {kept:.0f} transactions/s with rollups, {without:.0f} without, "
            f"ratio {kept / without:.2f}; {run.retries} retries, {run.failures} failures"
        )


async def reading(url: str, dsn: str) -> None:
    """Print the time to read groups, with everything folded and with rows to fold."""
    tables = [rollup.table for rollup in ROLLUPS if rollup.base == "volunteers"]
    request = GroupRequest(by=("region", "status"), size=500)

    async def groups() -> None:
        await load_groups(Source(VOLUNTEERS), request, [None])

    async with Database(url), connected(dsn) as server:
        await fold(ROLLUPS)
        folded = await median(groups)
        rows = [await server.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        lane = 0
        while sum(rows) * lane < UNFOLDED:
            lane += 1
            for rollup in ROLLUPS:
                if rollup.base == "volunteers":
                    names = ", ".join((*rollup.names, "count", *rollup.sums))
                    await server.execute(
                        f"INSERT INTO {rollup.table} ({names}, lane) "
                        f"SELECT {names}, {lane} FROM {rollup.table} WHERE lane = 0"
                    )
        unfolded = await median(groups)
        begun = time.perf_counter()
        moved = await fold(ROLLUPS)
        took = time.perf_counter() - begun
    print(
        f"groups by region and status: {folded * 1000:.2f} ms folded, {unfolded * 1000:.2f} ms "
        f"with {moved} rows to fold in {lane} more lanes; folding them took {took:.2f} s"
    )


async def median(read: Callable[[], Awaitable[None]]) -> float:
    """Return the median time of a read in seconds."""
    times = []
    for _ in range(READS):
        begun = time.perf_counter()
        await read()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def fsyncs(folder: Path) -> float:
    """Return how many blocks a second reach the disk one after the other."""
    path, done, end = folder / "fsyncs", 0, time.monotonic() + 1
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    while time.monotonic() < end:
        os.pwrite(file, BLOCK, 0)
        os.fsync(file)
        done += 1
    os.close(file)
    path.unlink()
    return done


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.1, help="of the country")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, embedded(options.scale, Path(name)) as url:
        dsn = plain(url)
        print(f"the disk: {fsyncs(Path(name)):.0f} fsyncs/s")
        asyncio.run(race(dsn, options.seconds, options.rounds))
        asyncio.run(reading(url, dsn))


if __name__ == "__main__":
    main()
