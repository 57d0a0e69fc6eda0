"""The supervisor: starts workers, replaces those that end, and stops them in time.

Each worker inherits one end of a pipe and writes a byte to it once it serves, and with each beat
of its event loop from then on: one that is silent for long is replaced. Nothing else shows
that workers can start: a worker that fails may have run for long before, and one that works may
need long to start. A start has no time limit, because how long one may take depends on the
machine and the database; a probe of ``/healthz/live`` can set one from outside.
"""

import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

from erikti.guard.limits import Limits

BACKLOG = 2_048  # connections that may wait to be accepted
PAUSE = 0.1  # seconds between two checks of the workers
DELAY = 1.0  # seconds from the start of a worker to that of its replacement, at least
LONGEST_PAUSE = (
    3 * PAUSE
)  # the longest time between two checks that counts; more means a suspended machine
BYTES = 1024  # of a pipe that are read at once: more than come between two checks
MARGIN = 0.5  # seconds of the grace period that are kept for killing
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STOPPED = (0, -signal.SIGTERM)  # exit statuses of a worker that ended because it was stopped
SO_ATTACH_FILTER = 26  # Linux; not among the names of Python's socket
INSTRUCTION = struct.Struct("HBBI")  # of Linux' classic socket filters: struct sock_filter
NO_OPENING = (
    (0x30, 0, 0, 13),  # load the byte of the TCP header that holds its flags,
    (0x54, 0, 0, 0x12),  # of which SYN and ACK:
    (0x15, 0, 1, 0x02),  # where SYN stands alone, a client opens a connection,
    (0x06, 0, 0, 0),  # and the packet is dropped;
    (0x06, 0, 0, 0xFFFFFFFF),  # all others pass
)

logger = logging.getLogger("erikti.supervisor")


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address; raises OSError if that fails."""
    family, kind, number, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, number)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


def open_no_more(listener: socket.socket) -> None:
    """Stop new connections to a listening socket; those already being opened complete.

    Closing the socket resets connections not accepted yet, and accepting them all first does not
    help while new ones arrive. A client that connects from now on retries after a second, as TCP
    does, and is then refused. Does nothing on systems without such filters.
    """
    code = array("B", b"".join(INSTRUCTION.pack(*each) for each in NO_OPENING))
    program = struct.pack("HP", len(NO_OPENING), code.buffer_info()[0])
    if sys.platform == "linux":
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def supervise(
    command: Sequence[str], listener: socket.socket, workers: int, limits: Limits
) -> NoReturn:
    """Become the process that keeps ``workers`` workers running until a signal stops it.

    Replaces the running program, so that its imports take no memory from then on.
    """
    listener.set_inheritable(True)
    seconds = (limits.grace_seconds, limits.drain_seconds, limits.stall_seconds)
    arguments = [str(n) for n in (listener.fileno(), workers, *seconds)]
    start = "from erikti.serving.supervisor import main; main()"
    sys.stdout.flush()
    sys.stderr.flush()
    # Until ``Supervisor.run`` heeds them: Python would end with a traceback, or leave workers.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    os.execv(sys.executable, [sys.executable, "-P", "-c", start, *arguments, *command])


def main() -> NoReturn:
    """Run in the process that ``supervise`` became."""
    descriptor, workers, grace, drain, stall, *command = sys.argv[1:]
    listener = socket.socket(fileno=int(descriptor))
    seconds = (float(grace), float(drain))
    sys.exit(Supervisor(command, listener, int(workers), *seconds, stall=float(stall)).run())


class Process(Protocol):
    """What the supervisor needs of a process; ``subprocess.Popen`` has it."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; raises subprocess.TimeoutExpired if it still runs by then."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""


# Starts a command that inherits the given descriptors under the same numbers; OSError if it fails.
Spawn = Callable[[Sequence[str], Sequence[int]], Process]


def spawn_command(command: Sequence[str], descriptors: Sequence[int]) -> Process:
    """Start a command with these descriptors and no others, in a process group of its own.

    Ctrl+C then reaches the supervisor alone, which stops the workers.
    """
    return subprocess.Popen(command, pass_fds=descriptors, process_group=0)


class Worker:
    """A process that the supervisor started, and the pipe on which it reports that it serves."""

    def __init__(self, spawn: Spawn, command: Sequence[str], listener: int) -> None:
        self._pipe, writable = os.pipe()
        try:
            # Without waiting: a worker that starts slowly must not hold up the others.
            os.set_blocking(self._pipe, False)
            self.process = spawn([*command, str(listener), str(writable)], [listener, writable])
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            os.close(writable)  # before the next worker starts, which could inherit it
        self._started = self._looked = time.monotonic()
        self._served = False
        self._silent = 0.0
        self._queued = 0.0
        self._ended = False

    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started

    def has_served(self) -> bool:
        """Whether it ever reported that it serves."""
        if not self._served:
            self._served = self._beats() > 0
        return self._served

    def silence(self) -> float:
        """Seconds for which its event loop did not beat although it had the processor.

        Neither a suspended nor a busy machine counts: while suspended there are no checks, and the
        time that the process waited for a processor is subtracted.
        """
        now, queued = time.monotonic(), _queued(self.process.pid)
        passed = min(now - self._looked, LONGEST_PAUSE) - (queued - self._queued)
        self._looked, self._queued = now, queued
        if not self.has_served() or self._beats():
            self._silent = 0.0
        else:
            self._silent += max(passed, 0)
        return self._silent

    def _beats(self) -> int:
        with suppress(BlockingIOError):
            return len(os.read(self._pipe, BYTES))
        return 0

    def end_stuck(self) -> None:
        """End it by SIGABRT, so that it writes its stacks; the second time by SIGKILL."""
        self._silent = 0.0
        if self._ended:
            self.process.kill()
        else:
            self._ended = True
            self.process.send_signal(signal.SIGABRT)

    def forget(self) -> None:
        """Release the resources of a process that has ended."""
        os.close(self._pipe)


def _queued(process: int) -> float:
    """Seconds that the first thread of a process was ready to run and had to wait (Linux)."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class Supervisor:
    """Keeps a number of workers running that serve one socket.

    A worker whose event loop does not beat for ``stall`` seconds is replaced. ``command`` starts a
    worker; two numbers of inherited descriptors are appended to it: that of
    the socket and that of the pipe on which the worker reports that it serves.
    """

    def __init__(
        self,
        command: Sequence[str],
        listener: socket.socket,
        workers: int,
        grace: float,
        drain: float,
        spawn: Spawn = spawn_command,
        stall: float = inf,
    ) -> None:
        self._stall = stall
        self._command = command
        self._listener = listener
        self._grace = grace
        self._drain = drain
        self._number = workers
        self._spawn = spawn
        self._workers: list[Worker] = []
        self._start_after = 0.0  # seconds; no worker is started earlier
        self._served = False  # a worker has served, so workers can start
        self._failed = False  # a worker ended before any had served
        self._stopping = False

    def run(self) -> int:
        """Keep workers running until a signal arrives or they cannot start; the exit status."""
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        try:
            while not self._failed and not self._stopping:
                self._start()
                time.sleep(PAUSE)
                self._check()
            stopped = self._stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0 if stopped and not self._failed else 1

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _start(self) -> None:
        while len(self._workers) < self._number and time.monotonic() >= self._start_after:
            try:
                worker = Worker(self._spawn, self._command, self._listener.fileno())
            except OSError as error:  # the machine is short of memory, processes or descriptors
                logger.error("no process can be started: %s", error.strerror)
                self._start_after = time.monotonic() + DELAY
                self._failed = not self._served
                return
            self._workers.append(worker)

    def _check(self) -> None:
        """Forget workers that ended, or give up if none ever served."""
        # The pipes come second: a worker that ended may have served just before, or another may.
        statuses = [(worker, worker.process.poll()) for worker in self._workers]
        self._listen_to_workers()
        for worker, status in statuses:
            if status is None:
                if worker.silence() > self._stall:
                    worker.end_stuck()
                continue
            early = "" if worker.has_served() else " before it served"
            if not self._served:
                self._failed = True
                self._report(worker, f"{status}{early}: workers cannot start")
            elif worker.age() > DELAY:
                self._report(worker, f"{status}{early}: replaced")
                self._workers.remove(worker)
                worker.forget()

    def _listen_to_workers(self) -> None:
        for worker in self._workers:
            self._served = worker.has_served() or self._served

    def _report(self, worker: Worker, what: str) -> None:
        logger.error("process %d ended with status %s", worker.process.pid, what)

    def _stop(self) -> bool:
        """Stop all workers, kill those that run when the grace period is over; whether all obeyed.

        Where none ever served, one that failed while it was being stopped did not obey either.
        """
        end = time.monotonic() + self._grace - MARGIN
        for worker in self._workers:
            worker.process.terminate()
        self._listen_to_workers()
        if self._served and any(worker.process.poll() is None for worker in self._workers):
            time.sleep(min(self._drain, self._grace - MARGIN))  # they still accept
        open_no_more(self._listener)
        # Only the workers hold it from here on: once they have closed it, clients are refused.
        self._listener.close()
        statuses = [self._end(worker, end) for worker in self._workers]
        self._listen_to_workers()
        for worker in self._workers:
            worker.forget()
        failed = not self._served and any(status not in STOPPED for status in statuses)
        return None not in statuses and not failed

    def _end(self, worker: Worker, end: float) -> int | None:
        """The exit status of a worker that ends by then; None for one that had to be killed."""
        try:
            return worker.process.wait(max(end - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
            return None
