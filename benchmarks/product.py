"""`erikti serve` with production limits on its own database, and a well-behaved client."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psutil

PATIENCE = 60.0  # seconds until it answers
ROOT = Path(__file__).parents[1]
QUERY = json.dumps({"query": "{ regions { name } }"}).encode()
JSON = {"Content-Type": "application/json"}
# Without quotas, which are not under test.
BUDGETS = {"ERIKTI_LIMIT_BUDGET": "1000000000", "ERIKTI_LIMIT_PUBLIC_BUDGET": "1000000000"}


@dataclass(frozen=True)
class Product:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """Return a connection from a loopback address."""
        return socket.create_connection(
            ("127.0.0.1", self.port), timeout=PATIENCE, source_address=(source, 0)
        )

    def worker(self) -> psutil.Process:
        """Return the worker process."""
        return psutil.Process(self.process.pid).children()[0]


@contextmanager
def serving(settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Product]:
    """Yield a server with production limits, except quotas, and other ``settings``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ERIKTI_")}
        place = {"PORT": str(port), "HOST": "127.0.0.1", "ERIKTI_DATA": folder}
        process = subprocess.Popen(
            [sys.executable, "-m", "erikti", "serve"],
            cwd=ROOT,
            env=kept | place | {"DATABASE_URL": "", "CACHE_URL": ""} | BUDGETS | dict(settings),
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(port, process)
            yield Product(port, process)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            honest(port, 0)
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def honest(port: int, seconds: float) -> list[float]:
    """Send queries on one connection for a time, at least one; return their seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    found: list[float] = []
    end = time.monotonic() + seconds
    while not found or time.monotonic() < end:
        begun = time.perf_counter()
        connection.request("POST", "/graphql", QUERY, JSON)
        response = connection.getresponse()
        answer = json.loads(response.read())
        found.append(time.perf_counter() - begun)
        if response.status != 200 or len(answer["data"]["regions"]) != 20:
            raise RuntimeError(f"a wrong answer: {answer}")
        time.sleep(0.001)
    connection.close()
    return found


def percentile(times: list[float], share: float) -> float:
    """Return a percentile of response times in seconds."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]
