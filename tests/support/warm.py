"""Python processes without the seconds that imports take: forked from one that has done them.

``Forked`` stands where a test says ``subprocess.Popen([sys.executable, "-m", ...])`` or ``"-c"``,
with the same interface. Tests of starting itself use the real one.
"""

import inspect
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any, AnyStr

from tests.support import marks

NAMES = list(inspect.signature(subprocess.Popen._execute_child).parameters)[1:]  # type: ignore[attr-defined]
LARGEST = 1 << 20  # bytes of a request: arguments and environment


class Warm:
    """The process that forks, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def fork(self, request: dict[str, Any], descriptors: list[int]) -> int:
        """Start a process with these descriptors; its number.

        They are its input, output and errors, and where its exit status goes.
        """
        marks.watch.require()
        with self._lock:
            if self._socket is None:
                self._start()
            assert self._socket is not None
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
            answer = self._socket.recv(32)
        if not answer:
            raise RuntimeError("the warm process has ended: see what it wrote to stderr")
        return int(answer)

    def close(self) -> None:
        """End it, where it was needed; what it forked goes on."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait()
            self._socket = self._process = None

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-m", "tests.support.forking", str(number)]
            self._process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL)


warm = Warm()


class Forked(subprocess.Popen[AnyStr]):
    """A process like any other; ``args`` are those of Python, ``-c CODE`` or ``-m MODULE`` first."""

    _status: socket.socket

    def _execute_child(self, *given: Any) -> None:
        """Replaces what the class does to start a program."""
        found = dict(zip(NAMES, given, strict=True))
        pipes: list[int] = [found[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        descriptors: list[int] = [
            number if pipe == -1 else pipe for number, pipe in enumerate(pipes)
        ]
        environment = os.environ if found["env"] is None else found["env"]
        request = {
            "arguments": [os.fsdecode(word) for word in found["args"]],
            "environment": {os.fsdecode(k): os.fsdecode(v) for k, v in environment.items()},
            "folder": os.fspath(found["cwd"] or os.getcwd()),
        }
        self._status, theirs = socket.socketpair()
        try:
            with theirs:
                self.pid = warm.fork(request, [*descriptors, theirs.fileno()])
            self._child_created = True
        except BaseException:
            self._status.close()
            raise
        finally:
            self._close_pipe_fds(  # type: ignore[attr-defined]
                *(found[n] for n in ("p2cread", "p2cwrite", "c2pread", "c2pwrite")),
                *(found[n] for n in ("errread", "errwrite")),
            )

    def _internal_poll(self, _deadstate: Any = None) -> int | None:
        """Whether it has ended: only its parent, the warm process, can know."""
        if self.returncode is None and self._child_created and self._ended(0):
            # Nothing comes where the warm process was killed, and all of its own with it.
            told = self._status.recv(32)
            self.returncode = int(told) if told else -signal.SIGKILL
            self._status.close()
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while self._internal_poll() is None:
            left = None if end is None else end - time.monotonic()
            if not self._ended(None if left is None else max(left, 0)):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def _ended(self, seconds: float | None) -> bool:
        return bool(select.select([self._status], [], [], seconds)[0])
