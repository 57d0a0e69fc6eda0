"""Servers in processes of their own, and clients that talk to them over sockets and streams."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from socket import socket as Socket  # noqa: N812
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from erikti.auth.demo import DemoKeys
from erikti.settings import AUDIENCE
from tests.support.processes import Popen, serving

PROTOCOL = "graphql-transport-ws"
PATIENCE = 60
CHANGED = 'subscription { statisticsChanged(year: 2025) { year figure(code: "organisations") { count } } }'
HEADER = "source_system,source_id,name_ru,region,kind,registered_on\n"


@dataclass(frozen=True)
class Talking:
    """A running server: its address, its process, the folder with its data."""

    url: str
    process: Popen
    data: Path
    environment: dict[str, str]

    def token(self, role: str, seconds: float = 3600, **bounds: str) -> str:
        """A token of a role."""
        return DemoKeys(self.data).token(role, AUDIENCE, bounds, seconds)

    @asynccontextmanager
    async def socket(self, payload: Any = None, **options: Any) -> AsyncIterator[ClientConnection]:
        """A socket whose ``connection_init`` was acknowledged."""
        async with self.bare(**options) as socket:
            await say(socket, "connection_init", payload=payload)
            assert await heard(socket) == {"type": "connection_ack"}
            yield socket

    def bare(self, path: str = "/graphql", **options: Any) -> connect:
        """A socket without any message so far."""
        address = self.url.replace("http", "ws")
        return connect(f"{address}{path}", **{"subprotocols": [PROTOCOL], **options})

    def connect(self) -> Socket:
        """A connection on which the test sends every byte."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        return create_connection((parts.hostname, parts.port or 80), timeout=30)

    def client(self) -> httpx.AsyncClient:
        """A client over HTTP."""
        return httpx.AsyncClient(base_url=self.url, timeout=30)


@contextmanager
def talking(data: Path, **variables: str) -> Iterator[Talking]:
    """A server on the data of a folder."""
    environment = {"ERIKTI_DATA": str(data), "ERIKTI_LIMIT_DRAIN_SECONDS": "0.1", **variables}
    with serving(**environment) as (client, process):
        yield Talking(str(client.base_url).rstrip("/"), process, data, environment)


async def say(socket: ClientConnection, kind: str, **parts: Any) -> None:
    """Send a message."""
    await socket.send(json.dumps({"type": kind, **parts}))


async def ask(socket: ClientConnection, id_: str, query: str, **more: Any) -> None:
    """Begin an operation."""
    await say(socket, "subscribe", id=id_, payload={"query": query, **more})


async def heard(socket: ClientConnection) -> dict[str, Any]:
    """Return the next message, without its cost."""
    async with asyncio.timeout(PATIENCE):
        found: dict[str, Any] = json.loads(await socket.recv())
    if isinstance(found.get("payload"), dict):
        found["payload"].pop("extensions", None)
    return found


async def closed(socket: ClientConnection) -> int:
    """Return the code with which a socket is closed."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


def organisations(folder: Path, *numbers: int) -> str:
    """A file of organisations to import."""
    path = folder / "organisations.csv"
    rows = (f"TEST,{n},Организация {n},KZ-75,STUDENT,2025-01-01\n" for n in numbers)
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return str(path)
