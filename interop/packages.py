"""Programs of the npm registry: a folder for each part, a workspace of the repository."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support import node

HERE = Path(__file__).parent


class Packages:
    """The packages of a folder below this one, installed as the lock says."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = HERE / folder  # an absolute path stays one
        node.install(self.folder)

    def version(self, package: str) -> str:
        """Which version of a package is installed."""
        described = (self.path(package) / "package.json").read_text(encoding="utf-8")
        found: str = json.loads(described)["version"]
        return found

    def path(self, package: str) -> Path:
        """Where a package is installed: in the folder, or at the root that workspaces share."""
        return node.package(self.folder, package)

    def program(self, package: str, script: str) -> Path:
        """A script of a package."""
        return self.path(package) / script

    def run(self, *command: str | Path, timeout: float = 300, **environment: str) -> str:
        """What a program of the packages, or a script, prints; fails where it fails.

        ``command`` is the arguments of node: a script of the folder, or a ``program``.
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
        """A program of the packages that goes on; its output is a pipe, whoever starts it ends it."""
        return subprocess.Popen(
            self.command(*command),
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self, *arguments: str | Path) -> list[str]:
        """How node is called with these arguments."""
        return [str(node.binary()), *map(str, arguments)]

    def environment(self, **more: str) -> dict[str, Any]:
        """This process's environment, with node's own folder first among the programs."""
        path = f"{node.binary().parent}{os.pathsep}{os.environ['PATH']}"
        return os.environ | {"PATH": path, "NO_UPDATE_NOTIFIER": "1"} | more
