"""Clients that speak byte by byte, and servers in processes of their own to speak to."""

import json
import os
import re
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from erikti.settings import variable
from tests.support.processes import Commands, Popen, forked
from tests.support.waiting import PATIENCE, eventually

HEAD = b"GET /state HTTP/1.1\r\nHost: erikti\r\n"


@dataclass(frozen=True)
class Served:
    """A server, and what it writes."""

    port: int
    process: Popen
    written: Callable[[], str]

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection from an address of loopback."""
        return socket.create_connection(
            ("127.0.0.1", self.port), timeout=PATIENCE, source_address=(source, 0)
        )

    def say(self, *parts: bytes, pause: float = 0, source: str = "127.0.0.1") -> bytes:
        """All that is answered until the server closes; parts are sent one after another."""
        with self.connect(source) as connection:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            return rest(connection)

    def state(self, source: str = "127.0.0.9") -> dict[str, Any]:
        """What a process of it says of itself."""
        answer = self.say(HEAD + b"Connection: close\r\n\r\n", source=source)
        found: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
        return found

    def stop(self) -> tuple[int, float]:
        """Its exit status, and the seconds it took to end after SIGTERM."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE), time.monotonic() - begun


def rest(connection: socket.socket) -> bytes:
    """What comes until the other side closes, or resets."""
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def one(connection: socket.socket) -> bytes:
    """One answer with a length; what comes of it where the other side closes."""
    found = b""
    while True:
        head, end, body = found.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if end and len(body) >= (int(length[1]) if length else 0):
            return found
        part = connection.recv(65_536)
        if not part:
            return found
        found += part


def status(answer: bytes) -> int:
    """The status of the first answer in these bytes, 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def code(answer: bytes) -> str:
    """The code of the error that an answer tells."""
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]
    assert error["message"]
    found: str = error["extensions"]["code"]
    return found


@contextmanager
def serving(
    workers: int = 1,
    /,
    *,
    commands: Commands = forked,
    extra: dict[str, str] | None = None,
    **limits: float,
) -> Iterator[Served]:
    """A server within these limits, ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = {
        variable(name): str(value) for name, value in ({"drain_seconds": 0.1} | limits).items()
    }
    with tempfile.TemporaryFile("w+") as output:

        def written() -> str:
            output.seek(0)
            return output.read()

        process = commands.start(
            ["-m", "tests.support.small_server", str(port), str(workers)],
            env=os.environ | found | (extra or {}),
            stderr=output,
        )
        served = Served(port, process, written)
        try:
            eventually(lambda: process.poll() is not None or served.state()["pid"] > 0)
            assert process.poll() is None, f"it ended with status {process.poll()}: {written()}"
            yield served
        finally:
            process.terminate()
            process.wait(PATIENCE)
