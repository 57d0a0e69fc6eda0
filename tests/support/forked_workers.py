"""Workers that the warm process forks, where a server of the tests would start new interpreters."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from erikti.guard.limits import Limits
from erikti.serving.supervisor import SIGNALS, Supervisor

PAUSE = 0.01  # seconds between two looks at a process that is waited for
Interpret = Callable[[list[str]], int]


class Worker:
    """A forked process, with what the supervisor needs of one."""

    def __init__(self, interpret: Interpret, arguments: list[str]) -> None:
        self._status: int | None = None
        self.pid = os.fork()
        if not self.pid:
            os.setpgid(0, 0)
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os._exit(interpret(arguments))

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        if self._status is None:
            process, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if process else None
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; raises subprocess.TimeoutExpired if it still runs by then."""
        end = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            time.sleep(PAUSE)
        return status

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)


def supervision(
    interpret: Interpret,
) -> Callable[[Sequence[str], socket.socket, int, Limits], NoReturn]:
    """What stands in the place of ``erikti.serving.supervisor.supervise``: the same, in this process."""

    def supervise(
        command: Sequence[str], listener: socket.socket, workers: int, limits: Limits
    ) -> NoReturn:
        def spawn(command: Sequence[str], _: Sequence[int]) -> Worker:
            return Worker(interpret, list(command[1:]))

        seconds = (limits.grace_seconds, limits.drain_seconds)
        stall = limits.stall_seconds
        raise SystemExit(Supervisor(command, listener, workers, *seconds, spawn, stall).run())

    return supervise
