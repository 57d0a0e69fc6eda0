"""A worker whose event loop is blocked writes its stacks, ends, and is replaced."""

import os
import re
import signal
import time

import psutil
import pytest

from tests.support.clients import Served, serving
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("processes")

STALL = 3.0  # seconds; on a busy machine a process that works may get no time for one of them
LONG = 6.0


def ask(served: Served, path: str) -> bytes:
    """Return the response to a request before its process ends."""
    return served.say(f"GET {path} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode())


@pytest.mark.parametrize("path", ["/stall?seconds=1000", "/search"])
def test_a_process_that_stands_still_is_replaced(path: str) -> None:
    with serving(stall_seconds=STALL) as served:
        before = served.state()["pid"]
        assert ask(served, "/stall?seconds=%.1f" % (STALL / 2)).endswith(b"stalled")
        assert served.state()["pid"] == before
        begun = time.monotonic()
        assert ask(served, path) == b"", "it ends without an answer"
        assert time.monotonic() - begun >= STALL
        eventually(lambda: served.state()["pid"] != before)
        written = served.written()
        handler = "in stall" if "stall" in path else "in search"
        assert handler in written, "the stack is written"
        assert "seconds=" not in written
        assert "aaaa" not in written
        assert f"process {before} ended with status {-signal.SIGABRT:d}: replaced" in written


def test_a_machine_that_stood_still_costs_no_process() -> None:
    """As in a paused virtual machine: all of its processes continue where they were."""
    with serving(2, stall_seconds=STALL) as served:
        eventually(lambda: len({served.state()["pid"] for _ in range(20)}) == 2)
        workers = {served.state()["pid"] for _ in range(20)}
        processes = [psutil.Process(served.process.pid), *map(psutil.Process, workers)]
        for process in processes:
            process.suspend()
        time.sleep(2 * STALL)
        for process in processes:
            process.resume()
            time.sleep(STALL / 10)  # the supervisor is the first to run again
        time.sleep(STALL / 2)
        assert {served.state()["pid"] for _ in range(20)} <= workers
        assert "replaced" not in served.written()


def test_the_other_processes_answer_meanwhile() -> None:
    with serving(2, stall_seconds=LONG) as served:
        eventually(lambda: len({served.state()["pid"] for _ in range(20)}) == 2)
        with served.connect() as connection:
            connection.sendall(b"GET /stall?seconds=1000 HTTP/1.1\r\nHost: e\r\n\r\n")
            eventually(lambda: "stalls" in served.written())
            (stalled,) = re.findall(r"process (\d+) stalls", served.written())
            found = {served.state()["pid"] for _ in range(5)}
            assert psutil.pid_exists(int(stalled)), "it has not been replaced yet"
            assert len(found) == 1
            assert int(stalled) not in found
            eventually(lambda: len({served.state()["pid"] for _ in range(20)}) == 2)
            assert (
                f"process {stalled} ended with status {-signal.SIGABRT:d}: replaced"
                in served.written()
            )


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
