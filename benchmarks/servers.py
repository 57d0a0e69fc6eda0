"""Processes of contestants: started together, idle until it is their turn, ended at the end."""

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import node
from benchmarks.contestants import Contestant
from benchmarks.operations import Operation

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds until a server listens
GRACE = 20.0  # seconds until one has ended
LARGEST_PAGE = "1000"


@dataclass(frozen=True)
class Server:
    """A contestant that listens."""

    contestant: Contestant
    process: int
    port: int
    folder: Path
    database: str

    def url(self, operation: Operation) -> str:
        """Where an operation is sent."""
        path = operation.name if self.contestant.given else "graphql"
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def started(
    contestants: Iterable[Contestant], database: str, folder: Path
) -> Iterator[list[Server]]:
    """The contestants on one database, each in one process; ``folder`` takes their files."""
    contestants = list(contestants)
    if any(contestant.node for contestant in contestants):
        node.install()
    servers = []
    processes = []
    try:
        for contestant in contestants:
            port = _free_port()
            processes.append(_process(contestant, port, database, folder))
            servers.append(Server(contestant, processes[-1].pid, port, folder, database))
        for server, process in zip(servers, processes, strict=True):
            _wait(server, process)
        yield servers
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(GRACE)


def _process(
    contestant: Contestant, port: int, database: str, folder: Path
) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": database,
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
        "NODE_ENV": "production",
        "ERIKTI_DATA": str(folder / "data"),
        "ERIKTI_MAX_PAGE": LARGEST_PAGE,
        "ANSWERS": str(folder),
    }
    with _log(contestant, folder).open("wb") as output:
        return subprocess.Popen(
            contestant.arguments(port),
            env=environment | contestant.environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )


def _log(contestant: Contestant, folder: Path) -> Path:
    return folder / f"{contestant.name}.log"


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    log = _log(server.contestant, server.folder).read_text()
    raise RuntimeError(f"{server.contestant.name} does not listen: {log[-2000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
