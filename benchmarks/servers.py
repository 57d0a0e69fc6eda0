"""Processes of contestants, started together and idle until their turn."""

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.contestants import PEERS, Contestant
from benchmarks.operations import Operation
from erikti.auth.demo import DemoKeys
from erikti.settings import AUDIENCE
from tests.support import node

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds until a server answers
GRACE = 20.0  # seconds until one has ended
LARGEST_PAGE = "1000"
DATA = "data"  # the folder with Erikti's keys, next to the other files
LIFETIME = 86_400  # seconds for which the token of a run is valid


@dataclass(frozen=True)
class Server:
    """A running contestant."""

    contestant: Contestant
    process: int
    port: int
    folder: Path
    database: str
    headers: dict[str, str] = field(default_factory=dict)

    def url(self, operation: Operation) -> str:
        """Return the URL for an operation."""
        path = operation.name if self.contestant.given else "graphql"
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def started(
    contestants: Iterable[Contestant], database: str, folder: Path
) -> Iterator[list[Server]]:
    """Yield the contestants on one database, one process each; ``folder`` has their files."""
    contestants = list(contestants)
    if any(contestant.node for contestant in contestants):
        node.install(PEERS)
    servers = []
    processes = []
    try:
        for contestant in contestants:
            port = _free_port()
            processes.append(_process(contestant, port, database, folder))
            headers = _headers(contestant, folder / DATA)
            servers.append(Server(contestant, processes[-1].pid, port, folder, database, headers))
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
        "ERIKTI_DATA": str(folder / DATA),
        "ERIKTI_LIMIT_PAGE": LARGEST_PAGE,
        # Operations that are only compared and measured for memory exceed the usual limits.
        "ERIKTI_LIMIT_COST": "100000",
        "ERIKTI_LIMIT_NODES": "100000",
        # Without quotas, which are not under test.
        "ERIKTI_LIMIT_BUDGET": "1000000000",
        "ERIKTI_LIMIT_TOKEN_SECONDS": str(LIFETIME),
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


def _headers(contestant: Contestant, data: Path) -> dict[str, str]:
    if not contestant.role:
        return {}
    token = DemoKeys(data).token(contestant.role, AUDIENCE, {}, LIFETIME)
    return {"authorization": f"Bearer {token}"}


def _log(contestant: Contestant, folder: Path) -> Path:
    return folder / f"{contestant.name}.log"


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{server.port}/", timeout=PATIENCE)
        except httpx.TransportError:
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
