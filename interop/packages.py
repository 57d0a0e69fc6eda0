"""npm packages: a folder for each part, as a workspace of the repository."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support import node

HERE = Path(__file__).parent


class Packages:
    """The packages of a folder below this one, installed from the lock file."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = HERE / folder  # an absolute path stays absolute
        node.install(self.folder)

    def version(self, package: str) -> str:
        """Return the installed version of a package."""
        described = (self.path(package) / "package.json").read_text(encoding="utf-8")
        found: str = json.loads(described)["version"]
        return found

    def path(self, package: str) -> Path:
        """Return the folder of a package: here, or at the root that workspaces share."""
        return node.package(self.folder, package)

    def program(self, package: str, script: str) -> Path:
        """Return a script of a package."""
        return self.path(package) / script

    def run(self, *command: str | Path, timeout: float = 300, **environment: str) -> str:
        """Run a program of the packages or a script, and return its output; raises if it fails.

        ``command`` are the arguments of node: a script of the folder, or a ``program``.
        """
        ended = subprocess.run(
            self.command(*command),
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert ended.returncode == 0, f"exit status {ended.returncode}:\n{ended.stdout}"
        return ended.stdout

    def start(self, *command: str | Path, **environment: str) -> subprocess.Popen[str]:
        """Start a long-running program with its output in a pipe; the caller must stop it."""
        return subprocess.Popen(
            self.command(*command),
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line of node with these arguments."""
        return [str(node.binary()), *map(str, arguments)]

    def environment(self, **more: str) -> dict[str, Any]:
        """Return this process's environment, with node's folder first in PATH."""
        path = f"{node.binary().parent}{os.pathsep}{os.environ['PATH']}"
        return os.environ | {"PATH": path, "NO_UPDATE_NOTIFIER": "1"} | more
