"""Measure imports of volunteers: ``python -m benchmarks.imports``.

The time of processors and the memory of ``erikti import`` and its database, beside an earlier
version; how long one row takes that another process writes meanwhile; imports killed at random.
"""

import argparse
import asyncio
import csv
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from benchmarks.database import cluster, command, postgres
from benchmarks.revisions import ROOT, checked_out
from erikti.database.connection import Database, dialect, fetch
from erikti.database.errors import is_busy
from erikti.demo.nation import SEED, Nation
from erikti.demo.volunteers import volunteers_of
from models.changes import ChangeKind, ChangeSet, Origin, change_set
from models.people import Person
from models.rollups import ROLLUPS
from models.volunteers import Volunteer

BEFORE = "785c540"  # release 0.2.0, the version before records had change sets
PAUSE = 0.02  # seconds between two writes
LEFT_OUT = ("organisation", "front_office")  # which would have to be there


def write_file(path: Path, scale: float) -> int:
    """Write a file of invented volunteers; return their number. Scale 1 is the country."""
    table = volunteers_of(Nation(scale, SEED))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer: csv.DictWriter[str] | None = None
        for row in table.rows():
            cells = {name: _cell(value) for name, value in row.items() if name not in LEFT_OUT}
            if writer is None:
                writer = csv.DictWriter(stream, list(cells))
                writer.writeheader()
            writer.writerow(cells)
    return table.size


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ";".join(map(_cell, value))
    return "" if value is None else str(value.value if isinstance(value, StrEnum) else value)


@contextmanager
def empty(kind: str, folder: Path, root: Path) -> Iterator[str]:
    """Yield the URL of a migrated database of the version at ``root``."""
    if kind == "sqlite":
        url = f"sqlite://{folder / f'{uuid4().hex}.db'}"
        command(["migrate"], url, folder, root)
        yield url
        return
    with postgres() as url:
        command(["migrate"], url, folder, root)
        yield url


def importing(url: str, folder: Path, file: Path, root: Path) -> "subprocess.Popen[bytes]":
    """Start an import."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "ERIKTI_DATA": str(folder),
        "PYTHONPATH": str(root),
    }
    line = [sys.executable, "-m", "erikti", "import", "volunteers", str(file)]
    return subprocess.Popen(
        line, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def server_seconds(url: str) -> float:
    """Return the time of processors that the database server has used."""
    if url.startswith("sqlite"):
        return 0
    first = psutil.Process(cluster(url))
    total = 0.0
    for process in (first, *first.children(recursive=True)):
        with_ended = process.cpu_times()
        total += sum(with_ended[:4])
    return total


def measured(kind: str, folder: Path, file: Path, root: Path) -> tuple[float, float, float]:
    """Import once; return the seconds of processors of client and server, and the peak in MiB."""
    with empty(kind, folder, root) as url:
        before = server_seconds(url)
        process = importing(url, folder, file, root)
        _, status, used = os.wait4(process.pid, 0)
        assert status == 0, process.stderr.read() if process.stderr else b""
        return used.ru_utime + used.ru_stime, server_seconds(url) - before, used.ru_maxrss / 1024


async def one_row(number: int) -> None:
    """Write a volunteer as a mutation would."""
    person, row = uuid4(), uuid4()
    ids = [dialect().encode(Person._meta.fields_map["id"], id_) for id_ in (person, row)]
    async with change_set(Origin(ChangeKind.MUTATION)):
        p = [dialect().param(n) for n in (1, 2)]
        await fetch(
            "INSERT INTO people (id, display_name, display_name_key, display_name_folded, "
            f"recorded_on) VALUES ({p[0]}, 'A.', 'a', 'a', '2025-01-01')",
            ids[:1],
        )
        await fetch(
            "INSERT INTO volunteers (id, source_system, source_id, person_id, region_id, status, "
            f"silver, registered_on, hours_total) VALUES ({p[1]}, 'BESIDE', '{number}', {p[0]}, "
            "'KZ-75', 'ACTIVE', FALSE, '2025-01-01', 0)",
            ids,
        )


async def beside(url: str, process: "subprocess.Popen[bytes]") -> tuple[list[float], list[float]]:
    """Write single rows until the import ends; return the seconds of each, and of each refusal."""
    took: list[float] = []
    refused: list[float] = []
    async with Database(url):
        while process.poll() is None:
            begun = time.perf_counter()
            try:
                await one_row(len(took))
                took.append(time.perf_counter() - begun)
            except Exception as error:
                if not is_busy(error):
                    raise
                refused.append(time.perf_counter() - begun)
            await asyncio.sleep(PAUSE)
    return took, refused


def write_beside(kind: str, folder: Path, file: Path) -> None:
    """Print how long single rows take beside an import."""
    with empty(kind, folder, ROOT) as url:
        begun = time.perf_counter()
        process = importing(url, folder, file, ROOT)
        took, refused = asyncio.run(beside(url, process))
        whole = time.perf_counter() - begun
        assert process.returncode == 0, process.stderr.read() if process.stderr else b""
    print(f"{kind}: beside an import of {whole:.1f} s: {_spread(took)}; refused {_spread(refused)}")


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "0 rows"
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    middle = statistics.median(ordered)
    return (
        f"{len(ordered)} rows, p50 {middle * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
        f"at most {ordered[-1] * 1000:.0f} ms"
    )


def killed(kind: str, folder: Path, file: Path, rows: int, times: int) -> None:
    """Kill imports at random moments; print how many left everything and how many nothing."""
    with empty(kind, folder, ROOT) as url:
        begun = time.perf_counter()
        assert importing(url, folder, file, ROOT).wait() == 0
        whole = time.perf_counter() - begun
    left = {0: 0, rows: 0}
    for _ in range(times):
        with empty(kind, folder, ROOT) as url:
            process = importing(url, folder, file, ROOT)
            time.sleep(random.uniform(0.3, 1.1) * whole)
            process.send_signal(signal.SIGKILL)
            process.wait()
            left[asyncio.run(state(url))] += 1
    print(f"{kind}: killed {times} times within {whole:.1f} s: {left} (rows: times)")


async def state(url: str) -> int:
    """Return the number of volunteers; fail unless change sets, versions and rollups agree."""
    async with Database(url):
        count = await Volunteer.all().count()
        made = await ChangeSet.filter(kind=ChangeKind.IMPORT)
        assert len(made) == (count > 0), made
        stamped = await Volunteer.filter(version=1, change_set__in=[item.id for item in made])
        assert len(stamped) == count
        for rollup in ROLLUPS:
            if rollup.base == "volunteers" and rollup.tie is None:
                rows: Any = await fetch(f"SELECT coalesce(sum(count), 0) FROM {rollup.table}")
                assert int(rows[0][0]) == count, rollup.table
        return count


def compare(kinds: list[str], folder: Path, file: Path, rounds: int, before: Path) -> None:
    """Print what an import costs now and before, interleaved."""
    for kind in kinds:
        found: dict[Path, list[tuple[float, float, float]]] = {before: [], ROOT: []}
        for _ in range(rounds):
            for root, results in found.items():
                results.append(measured(kind, folder, file, root))
        totals = {root: statistics.median(a + b for a, b, _ in r) for root, r in found.items()}
        for root, results in found.items():
            client, server, peak = (statistics.median(c) for c in zip(*results, strict=True))
            name = "now" if root == ROOT else "before"
            print(f"{kind}, {name}: {client:.1f} s + {server:.1f} s of the server, {peak:.0f} MiB")
        print(f"{kind}: {totals[ROOT] / totals[before]:.2f} times the CPU of before", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="of the file; 1 is 300,000 rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", metavar="REVISION", default=BEFORE)
    parser.add_argument("--kills", type=int, default=0, help="imports to kill per database")
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    kinds = [options.only] if options.only else ["sqlite", "postgres"]
    with tempfile.TemporaryDirectory(prefix="erikti-imports-") as name:
        folder, file = Path(name), Path(name) / "volunteers.csv"
        rows = write_file(file, options.scale)
        print(f"{rows} rows, {file.stat().st_size / 1e6:.1f} MB", flush=True)
        for kind in kinds:
            write_beside(kind, folder, file)
            if options.kills:
                killed(kind, folder, file, rows, options.kills)
        if options.rounds:
            with checked_out(options.before, folder) as before:
                compare(kinds, folder, file, options.rounds, before)


if __name__ == "__main__":
    main()
