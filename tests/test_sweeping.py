"""A run of tests leaves no process behind, however it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import PATIENCE, eventually

pytestmark = [
    pytest.mark.usefixtures("processes"),
    pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux"),
]
# A process that is left to itself, in a session of its own; its number goes into a file.
ORPHAN = "(setsid sleep 1000 & echo $! > {number})"


def sweeping(script: str) -> "subprocess.Popen[str]":
    """A shell's script, run so that it leaves nothing."""
    command = [sys.executable, "-m", "tests.support.sweeping", "sh", "-c", script]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def number(path: Path) -> int:
    """What a script has written into a file."""
    eventually(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminated_script_leaves_no_process(tmp_path: Path, sent: signal.Signals) -> None:
    with sweeping(f"{ORPHAN.format(number=tmp_path / 'n')}; exec sleep 1000") as run:
        left = number(tmp_path / "n")
        run.send_signal(sent)
        run.communicate(timeout=PATIENCE)
    assert run.returncode == 130
    assert not psutil.pid_exists(left)


def test_a_script_that_leaves_a_process_fails(tmp_path: Path) -> None:
    with sweeping(ORPHAN.format(number=tmp_path / "n")) as run:
        _, errors = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1
    assert f"left behind: {number(tmp_path / 'n')} sleep 1000" in errors
    assert not psutil.pid_exists(number(tmp_path / "n"))


@pytest.mark.parametrize("status", [0, 5])
def test_a_clean_script_keeps_its_status(status: int) -> None:
    with sweeping(f"exit {status}") as run:
        run.communicate(timeout=PATIENCE)
    assert run.returncode == status
