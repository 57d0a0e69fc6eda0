"""Soak test: mixed load at half of the peak, to detect growth of memory and other resources.

``python -m benchmarks.soak --minutes 30`` prints a row each minute, and exits with 1 if memory,
descriptors, threads or connections grow or a response is wrong. It uses a small demo database in
PostgreSQL, whose own memory is not counted.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil

from benchmarks.database import embedded, plain
from benchmarks.mixture import Mixture
from benchmarks.product import serving

SCALE = 0.01
TOGETHER = 16  # concurrent requests while the peak is measured, and at most afterwards
PEAK = 10.0  # seconds
WARM = 15.0  # seconds of warm-up before the peak is measured
EVERY = 5.0  # seconds between two samples
MOST_SLOPE = 1.0  # MB in 10 minutes
HEADING = (
    "minute   RSS MB   max MB  files  threads  connections  abandoned  requests  wrong   MB/10 min"
)
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'erikti'"
ABANDONED = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'erikti'"
    " AND state LIKE 'idle in transaction%' AND now() - state_change > interval '10 s'"
)


@dataclass(frozen=True)
class Sample:
    """The server's resources at one moment: seconds, MB, and counts."""

    at: float
    memory: float
    descriptors: int
    threads: int
    connections: int
    abandoned: int


async def saturate(mixture: Mixture, seconds: float) -> float:
    """Send requests at full load for ``seconds``; return the rate per second."""
    end = time.monotonic() + seconds
    before = mixture.sent.total()

    async def go_on() -> None:
        while time.monotonic() < end:
            await mixture.send()

    await asyncio.gather(*(go_on() for _ in range(TOGETHER)))
    return (mixture.sent.total() - before) / seconds


async def pace(mixture: Mixture, rate: float, end: float) -> None:
    """Send requests at a steady rate, pausing while too many are pending."""
    begun, number = time.monotonic(), 0
    under_way: set[asyncio.Task[None]] = set()
    while time.monotonic() < end:
        number += 1
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        if len(under_way) >= TOGETHER:
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(mixture.send())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


async def sample(worker: psutil.Process, outside: asyncpg.Connection, begun: float) -> Sample:
    """Return the process's present resources."""
    with worker.oneshot():
        memory, descriptors = worker.memory_info().rss / 1e6, worker.num_fds()
        threads = worker.num_threads()
    connections = await outside.fetchval(CONNECTIONS)
    abandoned = await outside.fetchval(ABANDONED)
    return Sample(time.monotonic() - begun, memory, descriptors, threads, connections, abandoned)


def slope(samples: Sequence[Sample]) -> float:
    """Return the growth in MB per 10 minutes, by least squares."""
    line = statistics.linear_regression([s.at for s in samples], [s.memory for s in samples])
    return line.slope * 600


def grows(values: Sequence[int]) -> bool:
    """Return whether the median of the last third of a series exceeds that of the first."""
    third = max(1, len(values) // 3)
    return statistics.median(values[-third:]) > statistics.median(values[:third]) + 1


def row(found: Sequence[Sample], mixture: Mixture, rise: float) -> str:
    """Return the line of one minute."""
    last = found[-1]
    memory = max(s.memory for s in found)
    figures = f"{last.at / 60:6.1f} {last.memory:8.1f} {memory:8.1f} {last.descriptors:6}"
    held = f"{last.threads:8} {last.connections:12} {last.abandoned:10}"
    return f"{figures} {held} {mixture.sent.total():9} {mixture.wrong.total():6} {rise:+11.2f}"


async def soak(url: str, port: int, worker: psutil.Process, data: Path, minutes: float) -> bool:
    """Load the server for ``minutes``; return whether nothing grew."""
    samples: list[Sample] = []
    limits = httpx.Limits(max_connections=4 * TOGETHER)
    outside = await asyncpg.connect(plain(url))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits) as client:
        mixture = Mixture(client, data)
        await saturate(mixture, WARM)
        peak = await saturate(mixture, PEAK)
        mixture.sent.clear()
        mixture.wrong.clear()  # quota errors are allowed at full load
        print(f"peak {peak:.0f} requests in a second; from here on {peak / 2:.0f}", flush=True)
        print(HEADING)
        begun = time.monotonic()
        load = asyncio.create_task(pace(mixture, peak / 2, begun + minutes * 60))
        minute = 0
        try:
            while not load.done():
                await asyncio.wait([load], timeout=EVERY)
                samples.append(await sample(worker, outside, begun))
                if samples[-1].at >= 60 * (minute + 1):
                    recent = [s for s in samples if s.at >= 60 * minute]
                    print(row(recent, mixture, slope(samples[len(samples) // 2 :])), flush=True)
                    minute += 1
            await load
        except psutil.NoSuchProcess:
            load.cancel()
            print("the process that answered was replaced")
            return False
    await outside.close()
    return verdict(samples, mixture)


def verdict(samples: Sequence[Sample], mixture: Mixture) -> bool:
    """Print the result; return whether nothing grew and no response was wrong."""
    for name, count in sorted(mixture.sent.items()):
        print(f"{count:9} {name}")
    for name, count in sorted(mixture.wrong.items()):
        print(f"{count:9} WRONG {name}")
    second = samples[len(samples) // 2 :]
    rise = slope(second)
    grown = [
        name
        for name in ("descriptors", "threads", "connections", "abandoned")
        if grows([getattr(s, name) for s in second])
    ]
    print(f"memory in the second half: {rise:+.2f} MB in 10 minutes (at most {MOST_SLOPE:g})")
    print(f"grown: {', '.join(grown) or 'nothing'}")
    return rise <= MOST_SLOPE and not grown and not mixture.wrong


def main() -> int:
    """Run the test for the requested time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    minutes = parser.parse_args().minutes
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded(SCALE, Path(folder)) as url,
        serving({"DATABASE_URL": url, "ERIKTI_DATA": folder}) as product,
    ):
        worker = product.worker()
        kept = asyncio.run(soak(url, product.port, worker, Path(folder), minutes))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
