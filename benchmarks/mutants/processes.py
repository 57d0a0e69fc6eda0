"""Concurrent trials, forked from a process that has imported everything but the product."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.mutants.changes import Change
from benchmarks.mutants.trial import trial
from tests.support.sharing import sharing

PREPARE = """
import json, sys
import server, tests.support.plugin
from tests.support.databases import KEYS, Folder, PostgresServer, use_keys
use_keys()
for place in (Folder(), PostgresServer()):
    place.populated()
print(json.dumps([KEYS, list(sys.modules)]))
"""
FAILED = 1
OURS = ("__main__", "benchmarks", "tests", "interop")


@contextmanager
def prepared() -> Iterator[None]:
    """Prepare databases that all trials share, and import the product's libraries."""
    with sharing():
        command = [sys.executable, "-c", PREPARE]
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        os.environ["TESTS_KEYS"], modules = json.loads(output)
        for name in modules:
            if _is_a_library(name):
                with suppress(ImportError):
                    importlib.import_module(name)
        yield


def _is_a_library(name: str) -> bool:
    head = name.partition(".")[0]
    return head not in OURS and not Path(head).is_dir() and not Path(f"{head}.py").exists()


class Trials:
    """A bounded number of concurrent trials."""

    def __init__(self, jobs: int, folder: Path) -> None:
        self._jobs = jobs
        self._folder = folder
        self._running: dict[int, tuple[Change | None, float]] = {}

    def start(self, change: Change | None, tests: tuple[str, ...], seconds: int) -> None:
        """Start a trial; ``full`` must be false."""
        process = os.fork()
        if not process:
            status = FAILED
            try:
                status = trial(change, tests, seconds, str(self._folder / f"{os.getpid()}.log"))
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        self._running[process] = (change, time.monotonic())

    @property
    def full(self) -> bool:
        """Return whether a trial must end before another can start."""
        return len(self._running) >= self._jobs

    def __bool__(self) -> bool:
        return bool(self._running)

    def ended(self) -> tuple[Change | None, int, float, str]:
        """Wait for a trial; return its change, exit status, seconds and output."""
        process = 0
        while process not in self._running:
            process, status = os.wait()
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # its child processes
        change, begun = self._running.pop(process)
        log = self._folder / f"{process}.log"
        printed = log.read_text(errors="replace") if log.exists() else ""
        log.unlink(missing_ok=True)
        return change, os.waitstatus_to_exitcode(status), time.monotonic() - begun, printed
