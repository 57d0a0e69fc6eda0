"""The process that listens for others: it starts them, replaces them, and ends them in time."""

import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from guard.limits import Limits

BACKLOG = 2_048  # connections that may wait to be accepted
PAUSE = 0.1  # seconds between two looks at the processes
DELAY = 1.0  # seconds from the start of a process to that of the one that replaces it, at least
SHORT = 5.0  # seconds; a process that lives longer shows that they can start
MARGIN = 0.5  # seconds of the grace that are kept for killing
STARTUP_FAILURE = 3  # exit status of an application that could not start, uvicorn's
ROOT = str(Path(__file__).resolve().parents[1])
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SO_ATTACH_FILTER = 26  # Linux; not among the names of Python's socket
INSTRUCTION = struct.Struct("HBBI")  # of Linux' classic socket filters: struct sock_filter
NO_OPENING = (
    (0x30, 0, 0, 13),  # load the byte of the TCP header that holds its flags,
    (0x54, 0, 0, 0x12),  # of which SYN and ACK:
    (0x15, 0, 1, 0x02),  # where SYN stands alone, a client opens a connection,
    (0x06, 0, 0, 0),  # and is not heard;
    (0x06, 0, 0, 0xFFFFFFFF),  # all else is
)

logger = logging.getLogger("erikti.supervisor")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; raises OSError where that cannot be had."""
    family, kind, number, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, number)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


def open_no_more(listener: socket.socket) -> None:
    """Let no new connection be opened at a socket that listens; those being opened come through.

    Closing resets connections that nobody accepted yet, and accepting them all before does not
    help while others come. Who comes from now on tries again after a second, as TCP does, and
    finds nobody listening. Does nothing where the system has no such filters.
    """
    code = array("B", b"".join(INSTRUCTION.pack(*each) for each in NO_OPENING))
    program = struct.pack("HP", len(NO_OPENING), code.buffer_info()[0])
    if sys.platform == "linux":
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def supervise(
    command: Sequence[str], listener: socket.socket, workers: int, limits: Limits
) -> NoReturn:
    """Become the process that keeps ``workers`` processes alive, until a signal says to stop.

    Replaces the program that runs, so that what it has imported takes no memory meanwhile.
    """
    listener.set_inheritable(True)
    seconds = (limits.grace_seconds, limits.drain_seconds)
    arguments = [str(n) for n in (listener.fileno(), workers, *seconds)]
    start = f"import sys; sys.path.insert(0, {ROOT!r}); from guard.supervisor import main; main()"
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-c", start, *arguments, *command])


def main() -> NoReturn:
    """What the process that ``supervise`` became runs."""
    descriptor, workers, grace, drain, *command = sys.argv[1:]
    listener = socket.socket(fileno=int(descriptor))
    sys.exit(Supervisor(command, listener, int(workers), float(grace), float(drain)).run())


class Supervisor:
    """Keeps a number of processes alive that answer at one socket.

    ``command`` starts one; the number of the inherited socket is added to it.
    """

    def __init__(
        self,
        command: Sequence[str],
        listener: socket.socket,
        workers: int,
        grace: float,
        drain: float,
    ) -> None:
        self._command = [*command, str(listener.fileno())]
        self._listener = listener
        self._grace = grace
        self._drain = drain
        self._workers = workers
        self._started: dict[subprocess.Popen[bytes], float] = {}
        self._proven = False  # a process has lived for a while: they can start
        self._told = False

    def run(self) -> int:
        """Until a signal says to stop, or processes cannot start; the exit status."""
        before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        possible = True
        try:
            while possible and not self._told:
                self._start()
                time.sleep(PAUSE)
                possible = self._look()
            in_time = self._stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0 if possible and in_time else 1

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._told = True

    def _start(self) -> None:
        while len(self._started) < self._workers:
            process = subprocess.Popen(
                self._command,
                pass_fds=[self._listener.fileno()],
                process_group=0,  # Ctrl+C is for us; we tell them
            )
            self._started[process] = time.monotonic()

    def _look(self) -> bool:
        """Forget processes that ended; False where starting others has no prospect."""
        for process, since in list(self._started.items()):
            lived = time.monotonic() - since
            self._proven = self._proven or lived > SHORT
            status = process.poll()
            if status is None:
                continue
            if status == STARTUP_FAILURE and not self._proven:
                return False
            if lived > DELAY:
                del self._started[process]
                logger.error("process %d ended with status %d: replaced", process.pid, status)
        return True

    def _stop(self) -> bool:
        """Tell all to end, kill those that have not when the grace is over; whether none was."""
        end = time.monotonic() + self._grace - MARGIN
        for process in self._started:
            process.terminate()
        if any(process.poll() is None for process in self._started):
            time.sleep(min(self._drain, self._grace - MARGIN))  # they still accept
        open_no_more(self._listener)
        # From here on it is theirs: once they have closed it nobody waits in vain.
        self._listener.close()
        in_time = True
        for process in self._started:
            try:
                process.wait(max(end - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                in_time = False
        return in_time
