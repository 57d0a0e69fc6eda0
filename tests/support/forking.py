"""The warm process itself: imports what commands and servers need, and forks when asked to.

``python -m tests.support.forking DESCRIPTOR`` reads requests from a socket until it is closed.
"""

import atexit
import gc
import io
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from importlib import import_module
from typing import Any, NoReturn

gc.disable()

import server  # noqa: E402, F401
from erikti.commands import main  # noqa: E402
from erikti.serving import supervisor  # noqa: E402
from tests.support.forked_workers import supervision  # noqa: E402
from tests.support.warm import LARGEST  # noqa: E402

for entry in main.app.entries.values():
    assert entry.imported

gc.freeze()
gc.enable()


class Forks:
    """Processes that were forked, and where each one's exit status goes."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._statuses: dict[int, socket.socket] = {}
        self._woken, self._wakes = socket.socketpair()
        self._woken.setblocking(False)
        self._wakes.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        """Answer until the tests close the socket."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._woken:
                        self._woken.recv(4096)
                        self._reap()
                    elif not self._fork():
                        return

    def _fork(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._requests, LARGEST, 4)
        if not message:
            return False
        *standard, status = descriptors
        process = os.fork()
        if not process:
            os.close(status)
            become(json.loads(message), standard)
        for number in standard:
            os.close(number)
        self._statuses[process] = socket.socket(fileno=status)
        self._requests.send(str(process).encode())
        return True

    def _reap(self) -> None:
        while self._statuses:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            with self._statuses.pop(process) as told:
                told.send(str(os.waitstatus_to_exitcode(status)).encode())


def become(request: dict[str, Any], standard: list[int]) -> NoReturn:
    """Be the process that was asked for, to its end."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, given in enumerate(standard):
        os.dup2(given, number)
        os.close(given)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)))
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)))
    errors = io.BufferedWriter(io.FileIO(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(errors, line_buffering=True)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    os._exit(ended(request["arguments"]))


def ended(arguments: list[str]) -> int:
    """Run what Python's own arguments name; the exit status, all output written."""
    status: Any = 1
    try:
        interpret(arguments)
        status = 0
    except SystemExit as leaving:
        status = leaving.code
        if isinstance(status, str):
            print(status, file=sys.stderr)
            status = 1
    except KeyboardInterrupt:
        status = -signal.SIGINT
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    return int(status or 0)


def interpret(arguments: list[str]) -> None:
    """As ``python -c CODE ...``, ``python -m MODULE ...`` or ``python FILE ...`` does."""
    arguments = [a for n, a in enumerate(arguments) if (n, a) != (0, "-P")]
    option, *others = arguments
    if option == "-m":
        sys.argv = others
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    elif option == "-c":
        sys.argv = ["-c", *others[1:]]
        exec(compile(others[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = arguments
        runpy.run_path(option, run_name="__main__")


if __name__ == "__main__":
    replaced: list[Any] = [supervisor, import_module("erikti.commands.serve")]
    for module in replaced:
        module.supervise = supervision(ended)
    Forks(socket.socket(fileno=int(sys.argv[1]))).run()
