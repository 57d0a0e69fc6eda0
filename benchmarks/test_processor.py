"""The processor time of a server includes that of processes it started, and of those that ended."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks import processor

# Works for some seconds in a child that has ended and in itself, then waits for its input to end.
SCRIPT = """
import subprocess, sys, time
work = "import time\\nwhile time.process_time() < {0}: pass"
subprocess.run([sys.executable, "-c", work], check=True)
exec(work)
print("worked", flush=True)
sys.stdin.read()
"""
EACH = 0.3


@pytest.fixture
def worker(processes: None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SCRIPT.replace("{0}", str(EACH))]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "worked\n"
        yield process


def test_descendants_count_when_they_have_ended(worker: subprocess.Popen[str]) -> None:
    own = processor.process(worker.pid)
    assert own >= EACH
    assert processor.tree(worker.pid) >= own + EACH * 0.9  # that of children is in hundredths


def test_a_process_that_ended_has_no_clock(worker: subprocess.Popen[str]) -> None:
    worker.communicate()
    with pytest.raises(OSError, match="Invalid argument"):
        processor.process(worker.pid)
