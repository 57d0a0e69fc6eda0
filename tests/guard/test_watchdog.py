"""A process whose event loop stands still ends, says where it stood, and is replaced."""

import os
import signal
import time

import pytest

from tests.support.clients import Served, serving
from tests.support.waiting import eventually

STALL = 1.0


def ask(served: Served, path: str) -> bytes:
    """What a request gets before its process ends."""
    return served.say(f"GET {path} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode())


@pytest.mark.parametrize("path", ["/stall?seconds=60", "/search"])
def test_a_process_that_stands_still_is_replaced(path: str) -> None:
    with serving(stall_seconds=STALL) as served:
        before = served.state()["pid"]
        assert ask(served, "/stall?seconds=%.1f" % (STALL * 0.8)).endswith(b"stalled")
        assert served.state()["pid"] == before
        begun = time.monotonic()
        assert ask(served, path) == b""
        assert STALL <= time.monotonic() - begun <= STALL + 5
        assert served.state()["pid"] != before
        written = served.written()
        handler = "in stall" if "stall" in path else "in search"
        assert handler in written, "where it stood is told"
        assert "seconds=" not in written
        assert "aaaa" not in written
        assert f"process {before} ended with status 1: replaced" in written


def test_the_other_processes_answer_meanwhile() -> None:
    with serving(2, stall_seconds=STALL * 3) as served:
        eventually(lambda: len({served.state()["pid"] for _ in range(20)}) == 2)
        with served.connect() as connection:
            connection.sendall(b"GET /stall?seconds=60 HTTP/1.1\r\nHost: e\r\n\r\n")
            time.sleep(0.2)
            begun = time.monotonic()
            found = {served.state()["pid"] for _ in range(5)}
            assert len(found) == 1
            assert time.monotonic() - begun < STALL * 2
            eventually(lambda: len({served.state()["pid"] for _ in range(20)}) == 2)


def test_a_killed_process_is_replaced() -> None:
    with serving() as served:
        before = served.state()["pid"]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: served.state()["pid"] != before)


def test_processes_end_when_nobody_looks_after_them() -> None:
    with serving() as served:
        served.process.kill()
        served.process.wait()

        def refused() -> bool:
            try:
                served.connect().close()
            except ConnectionRefusedError:
                return True
            return False

        eventually(refused)
