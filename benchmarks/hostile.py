"""Hostile documents against a real server: ``python -m benchmarks.hostile``.

Each is sent to ``erikti serve`` on loopback, over a small demo database in SQLite, while readiness
is probed. Exits with 1 if one exceeds a documented bound.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx
import psutil

from erikti.auth.demo import DemoKeys
from erikti.demo.nation import PUBLISHED_ON
from erikti.settings import AUDIENCE
from tests.support.hostile import HOSTILE, Hostile

ROOT = Path(__file__).parents[1]
SCALE = "0.01"
PATIENCE = 60.0  # seconds until a server listens
MOST_CPU = 100.0  # ms of the server process
MOST_MEMORY = 20.0  # MiB
MOST_WAITING = 200.0  # ms until a readiness probe is answered
LIFETIME = 3_600  # seconds of a token
AGAIN = 3  # attempts, of which the minimum counts, since processor time is measured in ticks


@dataclass
class Outcome:
    """The effect of one document: milliseconds of processor time, MiB, and the HTTP status."""

    name: str
    status: int
    cpu: float
    memory: float
    waiting: float

    def broken(self) -> bool:
        """Return whether a documented bound is exceeded."""
        return (
            self.cpu > MOST_CPU
            or self.memory > MOST_MEMORY
            or self.waiting > MOST_WAITING
            or self.status >= 500
        )


class Readiness(Thread):
    """Probes the readiness of a server repeatedly and records the longest wait."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._over = Event()
        self.longest = 0.0

    def run(self) -> None:
        """Probe until the end."""
        with httpx.Client(base_url=self._url, timeout=PATIENCE) as client:
            while True:
                begin = time.perf_counter()
                ready = client.get("/healthz/ready").status_code == 200
                took = (time.perf_counter() - begin) * 1000
                self.longest = max(self.longest, took if ready else float("inf"))
                if self._over.wait(0.002):
                    return

    def end(self) -> None:
        """Stop probing."""
        self._over.set()
        self.join()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Yield the address and process of a server with a demo database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": f"sqlite://{folder}/hostile.db",
        "ERIKTI_DATA": str(folder),
        "ERIKTI_LIMIT_BUDGET": "1000000000",
        "ERIKTI_LIMIT_PUBLIC_BUDGET": "1000000000",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    erikti = [sys.executable, "-c", "from erikti.commands.main import main; main()"]
    with (folder / "log").open("wb") as log:
        for command in (["migrate"], ["demo", "--scale", SCALE, "--today", str(PUBLISHED_ON)]):
            subprocess.run([*erikti, *command], env=environment, stdout=log, stderr=log, check=True)
        process = subprocess.Popen([*erikti, "serve"], env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _analyst(folder: Path) -> dict[str, str]:
    """Return the headers of a caller with all scopes for records."""
    token = DemoKeys(folder).token("analyst", AUDIENCE, {}, LIFETIME)
    return {"Authorization": f"Bearer {token}"}


def _wait(url: str) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(f"{url}/healthz/ready").raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def attempt(client: httpx.Client, process: psutil.Process, hostile: Hostile, n: int) -> Outcome:
    """Send an uncached document and measure its effect."""
    readiness = Readiness(str(client.base_url))
    text = hostile.text + " " * n  # a distinct text, so that the document is not cached
    used, held = _processor(process), process.memory_info().rss
    answer = client.post("/graphql", json={"query": text, "variables": hostile.variables})
    cpu = (_processor(process) - used) * 1000
    memory = (process.memory_info().rss - held) / 2**20
    # Again with concurrent probes, separately from the figures above.
    readiness.start()
    client.post("/graphql", json={"query": text + "  ", "variables": hostile.variables})
    readiness.end()
    return Outcome(hostile.name, answer.status_code, cpu, memory, readiness.longest)


def _processor(process: psutil.Process) -> float:
    return sum(p.cpu_times().user + p.cpu_times().system for p in _all(process))


def _all(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def best(outcomes: list[Outcome]) -> Outcome:
    """Return the minimum of several attempts, since other work on the machine adds to them."""
    return Outcome(
        outcomes[0].name,
        max(outcome.status for outcome in outcomes),
        min(outcome.cpu for outcome in outcomes),
        min(outcome.memory for outcome in outcomes),
        min(outcome.waiting for outcome in outcomes),
    )


def main() -> int:
    """Print a table; return 1 if a bound is exceeded."""
    broken = 0
    with (
        tempfile.TemporaryDirectory() as name,
        served(Path(name)) as (url, process),
        httpx.Client(base_url=url, timeout=PATIENCE, headers=_analyst(Path(name))) as client,
    ):
        for text in ("{ regions { code } }", "{ regions { name } }"):
            client.post("/graphql", json={"query": text})
        print(f"{'document':36} {'status':>6} {'CPU ms':>7} {'MiB':>6} {'ready ms':>9}")
        for hostile in HOSTILE:
            found = best([attempt(client, process, hostile, 3 * n) for n in range(AGAIN)])
            broken += found.broken()
            mark = " BROKEN" if found.broken() else ""
            figures = f"{found.cpu:7.0f} {found.memory:6.1f} {found.waiting:9.1f}"
            print(f"{found.name:36} {found.status:6} {figures}{mark}")
    print(f"{len(HOSTILE)} documents, {broken} over a bound of {MOST_CPU:.0f} ms CPU,", end=" ")
    print(f"{MOST_MEMORY:.0f} MiB, 5xx or {MOST_WAITING:.0f} ms to readiness")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
