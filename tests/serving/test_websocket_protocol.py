"""WebSockets at byte level: limits on hostile clients, and shutdown."""

import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.clients import rest, status
from tests.support.processes import erikti
from tests.support.talking import CHANGED, Talking, ask, closed, heard, talking
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("processes")

UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: e\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
TEXT, BINARY, PING, CONTINUED = 1, 2, 9, 0
INIT = b'{"type":"connection_init"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """A server with short deadlines and no data.

    Its pings are those of the default: the tests answer none, and a busy machine takes seconds.
    """
    folder = tmp_path_factory.mktemp("data")
    assert erikti("migrate", ERIKTI_DATA=str(folder)).returncode == 0
    limits = {
        "WRITE_SECONDS": "1",
        "SOCKET_INIT_SECONDS": "20",
        "CONNECTIONS_PER_ADDRESS": "20",
        "SOCKETS": "50",
        "PUBLIC_BUDGET": "100000000",
    }
    with talking(folder, **{f"ERIKTI_LIMIT_{n}": value for n, value in limits.items()}) as found:
        yield found


def frame(payload: bytes, kind: int = TEXT, last: bool = True) -> bytes:
    """A frame as clients send it, masked with zeros."""
    head = bytes([kind | (0x80 if last else 0)])
    size = len(payload)
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack("!Q", size)
    return head + bytes(4) + payload


def close_code(answer: bytes) -> int:
    """Return the code of the close frame at the end of a response."""
    place = answer.rindex(b"\x88")
    found: int = struct.unpack("!H", answer[place + 2 : place + 4])[0]
    return found


def said(server: Talking, *frames: bytes) -> bytes:
    """Return everything after the handshake until the server closes."""
    with server.connect() as connection:
        connection.sendall(UPGRADE + b"\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        assert status(head) == 101
        connection.sendall(b"".join(frames))
        return rest(connection)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(b"\xff\xfe")], 1007),
        ([frame(b'{"type":"ping"', last=False), frame(b"\xff}", CONTINUED)], 1007),
        ([frame(b"{}", BINARY)], 4400),
        ([frame(b"x" * 70_000)], 1009),
        ([frame(b"x" * 300_000)], 1009),
        ([frame(b"{", last=False), *[frame(b"", CONTINUED, last=False)] * 2_000], 1009),
        ([b"\x81\x02{}"], 1002),  # not masked
        ([frame(b"x", 3)], 1002),  # a kind that is none
        ([frame(b"x" * 126, PING)], 1002),
        ([frame(b"", CONTINUED)], 1002),
        ([b"\xf1\x80" + bytes(4)], 1002),  # bits of extensions that were not agreed
        ([frame(INIT), frame(INIT)], 4429),
    ],
)
def test_a_hostile_frame_ends_its_socket(server: Talking, frames: list[bytes], code: int) -> None:
    assert close_code(said(server, *frames)) == code


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (UPGRADE.replace(b"13", b"8"), 400),
        (UPGRADE.replace(b"AAAA==", b"A"), 400),
        (UPGRADE.replace(b"GET", b"POST") + b"Content-Length: 0\r\n", 415),
        (UPGRADE + b"Content-Length: 5\r\n", 400),
        (UPGRADE + b"X-Long: " + b"x" * 9_000 + b"\r\n", 400),
        (UPGRADE + b"X-Long: " + b"x" * 17_000 + b"\r\n", 431),
        (UPGRADE.replace(b"/graphql", b"/nowhere"), 403),
    ],
)
def test_a_handshake_that_is_none_is_refused(server: Talking, head: bytes, expected: int) -> None:
    with server.connect() as connection:
        connection.sendall(head + b"\r\n")
        connection.shutdown(1)
        assert status(rest(connection)) == expected


def test_who_takes_nothing_is_cut_off_and_costs_no_memory(server: Talking) -> None:
    worker = worker_of(server)
    before = worker.memory_info().rss
    flood = frame(b"x" * 125, PING) * 8_000
    with server.connect() as connection:
        connection.sendall(UPGRADE + b"\r\n")
        connection.settimeout(20)
        with pytest.raises(OSError, match=r"reset|Broken pipe|aborted"):
            connection.sendall(flood * 200)  # 200 MB, unless the server stops reading
    assert worker.memory_info().rss < before + 30_000_000


def test_who_answers_no_ping_is_closed(server: Talking) -> None:
    limits = {"ERIKTI_LIMIT_PING_SECONDS": "1", "ERIKTI_LIMIT_SOCKET_INIT_SECONDS": "60"}
    with talking(server.data, **limits) as pinging:
        begun = time.monotonic()
        assert close_code(said(pinging)) == 1011
        assert time.monotonic() - begun < 20  # long before its time for the init is over


def test_sockets_count_among_the_connections_of_an_address(server: Talking) -> None:
    with_places = [server.connect() for _ in range(20)]
    try:
        for connection in with_places:
            connection.sendall(UPGRADE + b"\r\n")
            assert status(connection.recv(1_000)) == 101
        with server.connect() as refused:
            assert rest(refused) == b""
    finally:
        for connection in with_places:
            connection.close()

    def free() -> bool:
        with server.connect() as connection:
            connection.sendall(b"GET /healthz/live HTTP/1.0\r\n\r\n")
            return status(rest(connection)) == 200

    eventually(free)


def worker_of(server: Talking) -> psutil.Process:
    """Return the worker process."""
    (worker,) = psutil.Process(server.process.pid).children()
    return worker


@pytest.mark.parametrize("accept", [None, "text/event-stream"])
async def test_the_end_of_the_server_ends_what_is_open(tmp_path: Path, accept: str | None) -> None:
    data = tmp_path / "data"
    made = erikti("demo", "--scale", "0.001", ERIKTI_DATA=str(data))
    assert made.returncode == 0, made.stderr
    with talking(data) as server:
        if accept is None:
            async with server.socket() as socket:
                await ask(socket, "1", CHANGED)
                assert (await heard(socket))["type"] == "next"
                server.process.terminate()
                assert await closed(socket) == 1012
        else:
            headers = {"Accept": accept}
            async with (
                server.client() as client,
                client.stream(
                    "POST", "/graphql", json={"query": CHANGED}, headers=headers
                ) as found,
            ):
                text = ""
                async for part in found.aiter_text():
                    text += part
                    if text.count("event: next") == 1 and server.process.poll() is None:
                        os.kill(server.process.pid, 15)
            assert "event: complete" not in text
        assert server.process.wait(20) == 0
