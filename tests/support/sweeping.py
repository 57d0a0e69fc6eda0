"""``python -m tests.support.sweeping COMMAND ...``: run a command that leaves no process behind.

Whatever it started, however it is ended, is killed when it ends; where it ended by itself and some
were left, they are named and the exit status is 1. On Linux, where a process can adopt orphans;
elsewhere the command is run and no more.
"""

import ctypes
import os
import signal
import sys
import time
from types import FrameType

import psutil

ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
GRACE = 15.0  # seconds for the command to end by itself after a signal
STOPPED = 130  # exit status, as of what Ctrl+C ends
SETTLING = 3.0  # seconds for what is just ending


class Sweeper:
    """One command, and what it leaves."""

    def __init__(self, command: list[str]) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._stop)
        self._process = os.posix_spawnp(command[0], command, os.environ)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if not self._stopped:
            self._stopped = True
            # As Ctrl+C does, so that fixtures are torn down; with Ctrl+C itself it has that already.
            if number != signal.SIGINT:
                os.kill(self._process, signal.SIGINT)
            signal.signal(signal.SIGALRM, lambda *_: os.kill(self._process, signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    def run(self) -> int:
        """Wait for its end and sweep; the exit status."""
        status = self._reap()
        signal.setitimer(signal.ITIMER_REAL, 0)
        left = _left(0 if self._stopped else SETTLING)
        if left and not self._stopped:
            status = status or 1
            for process in left:
                print(f"left behind: {process.pid} {_command(process)}", file=sys.stderr)
        while left:
            for process in left:
                process.kill()
            left = _left(0.1)
        return STOPPED if self._stopped else status

    def _reap(self) -> int:
        """Wait for the end of the command and of orphans meanwhile, which else stay as zombies."""
        while True:
            process, status = os.wait()
            if process == self._process:
                return os.waitstatus_to_exitcode(status)


def _left(seconds: float) -> list[psutil.Process]:
    """What still runs after so many seconds at most."""
    end = time.monotonic() + seconds
    while True:
        found = [p for p in psutil.Process().children(recursive=True) if _runs(p)]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def _runs(process: psutil.Process) -> bool:
    """Whether it has not ended; one that has is taken off the list of processes."""
    try:
        if process.status() != psutil.STATUS_ZOMBIE:
            return True
        if process.ppid() == os.getpid():
            os.waitpid(process.pid, os.WNOHANG)
    except (psutil.NoSuchProcess, ChildProcessError):
        pass
    return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.NoSuchProcess:
        return ""


if __name__ == "__main__":
    sys.exit(Sweeper(sys.argv[1:]).run())
