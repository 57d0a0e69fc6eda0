"""The supervisor starts, replaces and stops workers; only a worker that serves shows that it can.

Most workers here are small scripts, which behave as a numbered list says, the first one first.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from erikti.serving import supervisor
from erikti.serving.supervisor import Process, Supervisor, Worker, listen, spawn_command
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("processes")

SCRIPT = """
import os, signal, sys, time
behaviours, folder, listener, pipe = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
number = len(os.listdir(folder))
while True:
    try:
        os.mkdir(f"{folder}/{number}")
        break
    except FileExistsError:
        number += 1
def serve():
    os.write(pipe, b"1")
def wait():
    time.sleep(1000)
def stop_supervisor():
    os.kill(os.getppid(), signal.SIGTERM)
def end_by(number):
    os.kill(os.getpid(), number)
def end_on_stop(status):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(status))
def ignore_stop():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
def await_file(name):
    while not os.path.exists(f"{folder}-{name}"):
        time.sleep(0.01)
def make_file(name):
    open(f"{folder}-{name}", "w").close()
lines = behaviours.splitlines()
exec(lines[min(number, len(lines) - 1)])
"""
LAST = "serve(); stop_supervisor(); wait()"


class Run:
    """A supervisor whose workers are scripts, and its log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workers"
        self.folder.mkdir()
        self.processes: list[Process] = []
        self.spans: list[tuple[float, float]] = []  # when each start began and was done
        self.pipes: list[str] = []  # which each worker got
        self.descriptors: list[list[str]] = []  # what the supervisor had open after each start
        self.attempts = 0
        self.refused: set[int] = set()  # the attempts at which the system starts nothing

    def __call__(self, *behaviours: str, workers: int = 1, grace: float = 30) -> int:
        """Return the exit status of a supervisor with such workers."""
        listener = listen("127.0.0.1", 0)
        script = [sys.executable, "-I", "-S", "-c", SCRIPT]
        command = [*script, "\n".join(behaviours), str(self.folder)]
        return Supervisor(command, listener, workers, grace, 0.1, self.spawn).run()

    def spawn(self, command: Sequence[str], descriptors: Sequence[int]) -> Process:
        """Start a process as the supervisor does, and note it."""
        self.attempts += 1
        if self.attempts in self.refused:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        begun = time.monotonic()
        self.pipes.append(os.readlink(f"/proc/self/fd/{descriptors[1]}"))
        self.descriptors.append(opened(os.getpid()))
        self.processes.append(spawn_command(command, descriptors))
        self.spans.append((begun, time.monotonic()))
        return self.processes[-1]


def opened(process: int) -> list[str]:
    """Return the open descriptors of a process."""
    found = []
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        try:
            found.append(os.readlink(f"/proc/{process}/fd/{descriptor}"))
        except FileNotFoundError:  # the folder itself, read a moment ago
            continue
    return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a supervisor of scripts."""
    return Run(tmp_path)


@pytest.mark.parametrize(
    "ends",
    [
        "sys.exit(0)",
        "sys.exit(1)",
        "sys.exit(3)",
        "end_by(signal.SIGKILL)",
        "end_by(signal.SIGTERM)",
        "os.close(pipe); sys.exit(0)",
    ],
)
def test_a_worker_that_ends_before_it_serves_is_not_replaced(
    run: Run, ends: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(ends, LAST) == 1
    (process,) = run.processes
    said = f"process {process.pid} ended with status {process.poll()} before it served"
    assert [record.getMessage() for record in caplog.records] == [f"{said}: workers cannot start"]


def test_a_worker_that_served_and_ended_at_once_shows_that_workers_start(run: Run) -> None:
    assert run("serve(); sys.exit(3)", LAST) == 0
    assert len(run.processes) == 2


def test_replacements_that_fail_are_tried_again_after_a_pause(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    assert run("serve(); sys.exit(1)", "sys.exit(3)", "end_by(signal.SIGKILL)", LAST) == 0
    statuses = [process.poll() for process in run.processes]
    assert statuses == [1, 3, -9, -15]
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"process {process.pid} ended with status {status}{early}: replaced"
        for process, status, early in zip(
            run.processes, statuses, ("", " before it served", " before it served"), strict=False
        )
    ]
    for (_, done), (begun, _) in zip(run.spans, run.spans[1:], strict=False):
        assert begun - done >= supervisor.DELAY


def test_one_of_two_fails_before_any_serves(run: Run) -> None:
    """The other one may be slow to start, and is stopped."""
    assert run("sys.exit(3)", "wait()", workers=2) == 1
    assert sorted(str(process.poll()) for process in run.processes) == ["-15", "3"]


def test_one_of_two_fails_after_the_other_served(run: Run) -> None:
    both = "serve(); make_file('served'); wait()", "await_file('served'); sys.exit(3)"
    assert run(*both, LAST, workers=2) == 0
    assert sorted(str(process.poll()) for process in run.processes) == ["-15", "-15", "3"]


@pytest.mark.parametrize(
    ("worker", "status"),
    [
        ("stop_supervisor(); wait()", 0),
        ("end_on_stop(0); stop_supervisor(); wait()", 0),
        ("end_on_stop(3); stop_supervisor(); wait()", 1),
        ("ignore_stop(); stop_supervisor(); wait()", 1),
    ],
)
def test_the_exit_status_where_it_is_stopped_before_any_serves(
    run: Run, worker: str, status: int
) -> None:
    assert run(worker, grace=2) == status
    assert len(run.processes) == 1
    assert run.processes[0].poll() is not None


def test_a_worker_that_served_may_end_with_any_status_when_stopped(run: Run) -> None:
    assert run("end_on_stop(1); serve(); stop_supervisor(); wait()") == 0


def test_a_process_that_cannot_be_made(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    run.refused = {1}
    before = len(opened(os.getpid()))
    assert run(LAST) == 1
    assert not run.processes
    assert "no process can be started: Resource temporarily unavailable" in caplog.text
    assert len(opened(os.getpid())) == before


def test_a_replacement_that_cannot_be_made_is_tried_again(run: Run) -> None:
    run.refused = {2, 3}
    assert run("serve(); sys.exit(0)", LAST) == 0
    assert (len(run.processes), run.attempts) == (2, 4)


@pytest.mark.parametrize(("share", "silent"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)])
def test_silence_is_without_what_a_worker_waited_for_the_processor(
    monkeypatch: pytest.MonkeyPatch, share: float, silent: float
) -> None:
    clock = Clock()
    monkeypatch.setattr(supervisor, "time", clock)
    monkeypatch.setattr(supervisor, "_queued", lambda _: share * clock.running)
    pipes = []

    class Stub:
        """A process that sends one heartbeat."""

        pid = 1

    def spawn(arguments: Sequence[str], _: Sequence[int]) -> Any:
        pipes.append(os.dup(int(arguments[-1])))
        return Stub()

    worker = Worker(spawn, [], 0)
    try:
        os.write(pipes[0], b"1")
        assert worker.has_served()
        for _ in range(10):
            clock.running += 0.1
            found = worker.silence()
        assert found == pytest.approx(silent)
        os.write(pipes[0], b"1")
        assert worker.silence() == 0
    finally:
        os.close(pipes[0])
        os.close(worker._pipe)


def test_descriptors_do_not_leak(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "DELAY", 0.0)
    before = opened(os.getpid())
    ends = ["serve(); sys.exit(0)", "os.close(pipe); sys.exit(0)", "sys.exit(1)"]
    # The second worker stays: what it has open is that of its own.
    assert run(ends[0], "wait()", *ends * 3, LAST, workers=2) == 0
    assert len(run.processes) == 12
    assert len({len(held) for held in run.descriptors[2:]}) == 1
    for number, held in enumerate(run.descriptors):
        for pipe in run.pipes[:number]:
            assert held.count(pipe) <= 1, "the writable end of an earlier worker is closed"
    after = opened(os.getpid())
    assert len(after) == len(before)
    assert not set(run.pipes) & set(after)
