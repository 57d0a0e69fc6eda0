"""Simulated outages between an access log and its database."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from erikti.audit import AccessLog, AccessLogUnavailableError
from tests.audit.places import Place, access

ON_SQLITE = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("server", ["postgres"], indirect=True)


class State(Enum):
    """The state of the connection to the database."""

    UP = "up"
    FROZEN = "frozen"
    DEAF = "its answers are lost"


class Proxy:
    """A proxy between a log and PostgreSQL that can block or drop traffic."""

    def __init__(self, place: Place) -> None:
        parts = urlsplit(place.url)
        self._target = (str(parts.hostname), parts.port)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        behind = parts._replace(netloc=f"{parts.username}@127.0.0.1:{self._port}")
        self.place = Place(behind.geturl(), place.folder)
        self.state = State.UP
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Accept connections."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """Refuse new connections and drop present ones."""
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self._open |= {writer, back}
        for source, target, answers in ((reader, back, False), (there, writer, True)):
            task = asyncio.create_task(self._pump(source, target, answers))
            self._tasks.add(task)

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, answers: bool
    ) -> None:
        while data := await source.read(65536):
            while self.state is State.FROZEN:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            if not (answers and self.state is State.DEAF):
                target.write(data)
        target.close()


@asynccontextmanager
async def proxied(place: Place) -> AsyncIterator[Proxy]:
    """Put a log's database behind a proxy."""
    proxy = Proxy(place)
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.state = State.UP
        await proxy.stop()


async def refused(log: AccessLog, n: int = 0) -> float:
    """Return the seconds until an access that cannot be recorded is rejected."""
    began = time.monotonic()
    with pytest.raises(AccessLogUnavailableError):
        await log.write(access(n))
    return time.monotonic() - began


async def again(log: AccessLog, n: int) -> None:
    """Write, retrying until it is possible again."""
    while True:
        try:
            return await log.write(access(n))
        except AccessLogUnavailableError:
            await asyncio.sleep(0.05)


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Replace a checkpoint file by a folder."""
    away = path.with_suffix(".away")
    path.rename(away)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        away.rename(path)
