"""Trials side by side: forked from a process that has imported all but the product."""

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
from tests.support.postgres import OwnPostgres, ensure_servant

VARIABLE = "TESTS_PREPARED"
PREPARE = """
import json, sys
from pathlib import Path
from tests.support.databases import prepare, use_keys
import server, tests.support.plugin
use_keys()
print(json.dumps([prepare(Path(sys.argv[1]), sys.argv[2]), list(sys.modules)]))
"""
FAILED = 1
OURS = ("__main__", "benchmarks", "tests", "interop")


@contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """Databases that all trials share, and the libraries that the product needs."""
    ensure_servant()
    postgres = OwnPostgres()
    try:
        command = [sys.executable, "-c", PREPARE, str(folder), postgres.url()]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        databases, modules = json.loads(told)
        os.environ[VARIABLE] = json.dumps(databases)
        for name in modules:
            if _is_a_library(name):
                with suppress(ImportError):
                    importlib.import_module(name)
        yield
    finally:
        postgres.close()


def _is_a_library(name: str) -> bool:
    head = name.partition(".")[0]
    return head not in OURS and not Path(head).is_dir() and not Path(f"{head}.py").exists()


class Trials:
    """At most so many trials at a time."""

    def __init__(self, jobs: int, folder: Path) -> None:
        self._jobs = jobs
        self._folder = folder
        self._running: dict[int, tuple[Change | None, float]] = {}

    def start(self, change: Change | None, tests: tuple[str, ...], seconds: int) -> None:
        """Start one; there must be room."""
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
        """Whether one has to end before another can start."""
        return len(self._running) >= self._jobs

    def __bool__(self) -> bool:
        return bool(self._running)

    def ended(self) -> tuple[Change | None, int, float, str]:
        """Wait for one: its change, its exit status, its seconds and what it printed."""
        process = 0
        while process not in self._running:
            process, status = os.wait()
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what it started
        change, begun = self._running.pop(process)
        log = self._folder / f"{process}.log"
        printed = log.read_text(errors="replace") if log.exists() else ""
        log.unlink(missing_ok=True)
        return change, os.waitstatus_to_exitcode(status), time.monotonic() - begun, printed
