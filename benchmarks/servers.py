"""Processes of contestants, started together and idle until their turn."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks import database as databases
from benchmarks.contestants import PEERS, Contestant
from benchmarks.operations import Operation
from benchmarks.ways import PLAIN, Way
from erikti.auth.demo import DemoKeys
from erikti.settings import AUDIENCE
from tests.support import node

PATIENCE = 180.0  # seconds until a server answers
GRACE = 20.0  # seconds until one has ended
LARGEST_PAGE = "1000"
DATA = "data"  # the folder with Erikti's keys, next to the other files
LIFETIME = 86_400  # seconds for which the token of a run is valid


@dataclass(frozen=True)
class Server:
    """A running contestant.

    ``process`` and ``cluster`` are the first processes of it and of its database server (0: none).
    """

    contestant: Contestant
    process: int
    port: int
    folder: Path
    cluster: int
    headers: dict[str, str] = field(default_factory=dict)

    def url(self, operation: Operation) -> str:
        """Return the URL for an operation."""
        path = operation.name if self.contestant.given else "graphql"
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def started(
    contestants: Iterable[Contestant],
    database: str,
    folder: Path,
    way: Way = PLAIN,
    python: str = sys.executable,
) -> Iterator[list[Server]]:
    """Yield the contestants on one database, which receive requests in one way.

    ``folder`` has their files, ``python`` runs those in Python.
    """
    contestants = list(contestants)
    if any(contestant.node for contestant in contestants):
        node.install(PEERS)
    cluster = databases.cluster(database) if "sqlite:" not in database else 0
    # Before the first of them opens the database, which PostgreSQL then could not copy.
    urls = [databases.readable(database, contestant.root) for contestant in contestants]
    servers = []
    processes = []
    try:
        for contestant, url in zip(contestants, urls, strict=True):
            port = _free_port()
            settings = environment(contestant, url, folder, way) | {"PORT": str(port)}
            process = _process(contestant, contestant.arguments(port, python), settings, folder)
            processes.append(process)
            given = headers(contestant, folder, way)
            servers.append(Server(contestant, process.pid, port, folder, cluster, given))
        for server, process in zip(servers, processes, strict=True):
            _wait(server, process)
        yield servers
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(GRACE)


def environment(contestant: Contestant, database: str, folder: Path, way: Way) -> dict[str, str]:
    """Return the environment of a contestant's process, except its port."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "HOST": "127.0.0.1",
        "PYTHONPATH": str(contestant.root),
        "NODE_ENV": "production",
        "ERIKTI_DATA": str(folder / DATA),
        "ERIKTI_LIMIT_PAGE": LARGEST_PAGE,
        # Operations that are only compared and measured for memory exceed the usual limits.
        "ERIKTI_LIMIT_COST": "100000",
        "ERIKTI_LIMIT_NODES": "100000",
        # Without quotas, which are not under test.
        "ERIKTI_LIMIT_BUDGET": "1000000000",
        "ERIKTI_LIMIT_CLIENT_BUDGET": "1000000000",
        "ERIKTI_LIMIT_TOKEN_SECONDS": str(LIFETIME),
        "ANSWERS": str(folder),
        **way.settings,
        **contestant.environment,
    }


def headers(contestant: Contestant, folder: Path, way: Way) -> dict[str, str]:
    """Return the headers of the requests to a contestant, besides the content type."""
    if not contestant.role:
        return dict(way.headers)
    token = DemoKeys(folder / DATA).token(contestant.role, AUDIENCE, {}, LIFETIME)
    return {**way.headers, "authorization": f"Bearer {token}"}


def _process(
    contestant: Contestant, command: Sequence[str], settings: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    with _log(contestant, folder).open("wb") as output:
        return subprocess.Popen(
            command, env=settings, cwd=contestant.root, stdout=output, stderr=output
        )


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
