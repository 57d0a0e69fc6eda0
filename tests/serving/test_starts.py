"""Starts of a real application: a worker has served once it reports so."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from erikti.serving.supervisor import listen
from tests.support.clients import HEAD, one, serving, status
from tests.support.processes import started
from tests.support.small_server import WORKER
from tests.support.waiting import PATIENCE, eventually

pytestmark = pytest.mark.usefixtures("processes")

COMMAND = [sys.executable, "-m", "tests.support.small_server"]


def lines(file: Path) -> list[str]:
    """Return the lines of a file; none if it does not exist yet."""
    return file.read_text(encoding="ascii").split() if file.exists() else []


@contextmanager
def starting(file: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is starting; each start of a worker adds a line to the file."""
    process = subprocess.Popen(
        [*COMMAND, "0", "1"],
        env=os.environ | {"STARTS": str(file)} | variables,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def worker(
    report: int, **variables: str
) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A worker without a supervisor, and its listening socket."""
    with listen("127.0.0.1", 0) as listener:
        descriptors = (listener.fileno(), report)
        process = subprocess.Popen(
            [*WORKER, *map(str, descriptors)],
            env=os.environ | variables,
            pass_fds=descriptors,
        )
        os.close(report)
        try:
            yield process, listener
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.mark.parametrize("seconds", [0, 6])
def test_a_start_that_fails_is_not_repeated(tmp_path: Path, seconds: int) -> None:
    """A start has no time limit, and a running worker is no proof of one."""
    starts = tmp_path / "starts"
    with starting(starts, SLOW=str(seconds), FAILS="yes") as process:
        eventually(lambda: process.poll() is not None or len(lines(starts)) > 1)
        (failed,) = lines(starts)
        assert process.returncode == 1
        assert process.stderr is not None
        said = f"process {failed} ended with status 3 before it served: workers cannot start\n"
        assert process.stderr.read().decode().endswith(said)


def test_a_start_that_takes_long_is_awaited(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    with serving(commands=started, extra={"SLOW": "6", "STARTS": str(starts)}) as served:
        assert [str(served.state()["pid"])] == lines(starts)


def test_a_worker_that_is_killed_while_it_starts(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    with starting(starts, SLOW="1000") as process:
        eventually(lambda: len(lines(starts)) == 1)
        os.kill(int(lines(starts)[0]), signal.SIGKILL)
        eventually(lambda: process.poll() is not None or len(lines(starts)) > 1)
        assert len(lines(starts)) == 1
        assert process.returncode == 1


def test_a_worker_reports_once_it_serves_and_beats_from_then_on(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    reports, report = os.pipe()
    with worker(report, SLOW="2", STARTS=str(starts)) as (_, listener):
        eventually(lambda: len(lines(starts)) == 1)
        assert select.select([reports], [], [], 0)[0] == [], "it starts, and does not serve yet"
        assert os.read(reports, 1) == b"1"
        with socket.create_connection(listener.getsockname(), PATIENCE) as client:
            client.sendall(HEAD + b"\r\n")
            assert status(one(client)) == 200
        assert os.read(reports, 1) == b"1"
    os.close(reports)


def test_a_worker_that_cannot_start_reports_nothing() -> None:
    reports, report = os.pipe()
    with worker(report, FAILS="yes") as (process, _):
        assert os.read(reports, 9) == b""
        assert process.wait(PATIENCE) == 3
    os.close(reports)


def test_a_worker_ends_whose_supervisor_ended_before_it_served() -> None:
    reports, report = os.pipe()
    os.close(reports)
    with worker(report) as (process, _):
        assert process.wait(PATIENCE) == -signal.SIGTERM


def test_processes_that_the_application_starts_inherit_no_descriptor(tmp_path: Path) -> None:
    """They would keep the port or the pipe open."""
    inherited = tmp_path / "inherited"
    with serving(commands=started, extra={"CHILD": str(inherited)}):
        assert lines(inherited) == ["0", "1", "2", "3"], "3 is the folder that it lists"
