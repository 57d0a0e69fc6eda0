"""Follow positions beside writers that are killed: ``python -m benchmarks.positions``.

Eight processes write records, each in a transaction, of which a third is rolled back; processes
are killed at random and replaced. A reader follows the positions and fails if one is missing, out
of order, or without its record.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from benchmarks.imports import empty
from benchmarks.revisions import ROOT
from erikti.database.connection import Database, dialect, fetch, fetch_alone
from erikti.database.errors import is_busy
from models.changes import ChangeKind, Origin, change_set, read_head

WRITERS = 8
BETWEEN_KILLS = 4.0  # seconds at most; a new process takes one to begin
SETTLING = 2.0  # seconds for the server to end what the last killed ones began
INSERT = """INSERT INTO organisations
    (id, source_system, source_id, name_en, region_id, kind, registered_on)
    VALUES ({0}, 'TEST', {1}, 'An organisation', 'KZ-75', 'STUDENT', '2025-01-01')"""
FOLLOWED = """SELECT s.position, count(o.id) FROM change_sets s
    LEFT JOIN organisations o ON o.change_set = s.id
    WHERE s.position > {0} GROUP BY s.position ORDER BY s.position"""


class _UndoneError(Exception):
    """Rolls a transaction back."""


async def write(url: str) -> None:
    """Write one record after the other, until the process is killed."""
    async with Database(url):
        sql = INSERT.format(*map(dialect().param, (1, 2)))
        while True:
            id_ = uuid4()
            with suppress(_UndoneError):
                try:
                    async with change_set(Origin(ChangeKind.MUTATION)):
                        key = id_.bytes if dialect().name == "sqlite" else id_
                        await fetch(sql, [key, str(id_)])
                        await asyncio.sleep(random.random() / 200)
                        if random.random() < 1 / 3:
                            raise _UndoneError
                except Exception as error:
                    if not is_busy(error):
                        raise


async def follow(wanted: int, url: str) -> int:
    """Follow the positions beside the writers; return how many of these were killed."""
    first = (await read_head()).position
    begun = [_begin(url) for _ in range(WRITERS)]
    next_kill, kills = time.monotonic() + 1, 0
    seen = first
    try:
        while seen < first + wanted:
            seen = await _read(seen)
            if time.monotonic() > next_kill:
                assert all(process.poll() is None for process in begun), "a writer failed"
                place = random.randrange(WRITERS)
                _kill(begun[place])
                begun[place] = _begin(url)
                kills += 1
                next_kill = time.monotonic() + random.random() * BETWEEN_KILLS
            await asyncio.sleep(0.01)
    finally:
        for process in begun:
            _kill(process)
    await asyncio.sleep(SETTLING)
    seen = await _read(seen)
    ((records, last),) = await fetch(
        "SELECT (SELECT count(*) FROM organisations), (SELECT position FROM feed_head)"
    )
    assert (first + records, last) == (seen, seen), (first, records, last, seen)
    return kills


async def _read(seen: int) -> int:
    """Read the positions after one; return the last."""
    rows: Sequence[Sequence[object]] = await fetch_alone(FOLLOWED.format(seen))
    for position, records in rows:
        assert (position, records) == (seen + 1, 1), (position, records, seen)
        seen += 1
    return seen


def _begin(url: str) -> "subprocess.Popen[bytes]":
    line = [sys.executable, "-m", "benchmarks.positions", "--writer", url]
    return subprocess.Popen(line, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


async def measured(url: str, wanted: int) -> tuple[int, float]:
    """Return the kills and the seconds that the change sets took."""
    async with Database(url):
        begun = time.monotonic()
        return await follow(wanted, url), time.monotonic() - begun


def main() -> None:
    """Follow, and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.positions", description=__doc__)
    parser.add_argument("--change-sets", type=int, default=10_000)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--writer", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        asyncio.run(write(options.writer))
        return
    for kind in [options.only] if options.only else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="erikti-positions-") as name:
            with empty(kind, Path(name), ROOT) as url:
                kills, seconds = asyncio.run(measured(url, options.change_sets))
            print(
                f"{kind}: {options.change_sets} change sets in {seconds:.0f} s, "
                f"{kills} writers killed: 0 lost, 0 out of order",
                flush=True,
            )


if __name__ == "__main__":
    main()
