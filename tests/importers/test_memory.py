"""Memory use is independent of the length of a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.importers.samples import letters
from tests.support.databases import Server

pytestmark = pytest.mark.usefixtures("processes")

MEASURE = """
import asyncio, sys
from erikti.importers import load_file
from erikti.database.connection import Database
from erikti.database.sealed import use
from erikti.settings import from_environment

async def main(url, path):
    async with Database(url):
        report = await load_file("volunteers", Path(path))
        assert report.rows == int(sys.argv[3]), report

from pathlib import Path
use(from_environment().keyring())
asyncio.run(main(*sys.argv[1:3]))
# The peak of this process alone: VmHWM begins anew with the program, ru_maxrss does not.
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""
SHORT, LONG = 10_000, 80_000
# Caches that are bounded (SQLite's pages, parsed cells) fill up in the longer import.
ALLOWED_KIB = 64 * 1024


def test_eight_times_the_rows_take_no_more_memory(
    server: Server, migrated: str, tmp_path: Path
) -> None:
    short, long = (
        _peak(server.url(server.create(migrated)), _file(tmp_path, rows), rows)
        for rows in (SHORT, LONG)
    )
    assert long - short < ALLOWED_KIB


def _file(folder: Path, rows: int) -> Path:
    path = folder / f"{rows}.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(
            "source_system,source_id,family_name,given_name,email,region,status,registered_on\n"
        )
        for n in range(rows):
            email = f"sample{n}@example.org"
            # Every tenth row is invalid, since problems must not accumulate in memory either.
            day = "2025-01-31" if n % 10 else "never"
            stream.write(f"REGISTRY,{n},Sample{letters(n)},Example,{email},KZ-75,ACTIVE,{day}\n")
    return path


def _peak(url: str, path: Path, rows: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, url, str(path), str(rows)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return int(done.stdout.split()[-1])
