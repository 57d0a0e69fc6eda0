"""The environment of a measurement: machine, versions and date."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import database
from benchmarks.contestants import PEERS
from tests.support import node

PYTHON = ("strawberry-graphql", "graphql-core", "ariadne", "starlette", "uvicorn", "asyncpg")
NODE = ("mercurius", "graphql-yoga", "dataloader", "pg", "postgraphile", "graphql")


def machine(url: str, with_node: bool) -> dict[str, str]:
    """Return the facts that readers need to interpret the figures."""
    found = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "PostgreSQL": database.version(url),
        **{name: version(name) for name in PYTHON},
    }
    if with_node:
        output = subprocess.run([node.binary(), "--version"], capture_output=True, check=True)
        found["Node.js"] = output.stdout.decode().strip().removeprefix("v")
        packages = json.loads((PEERS / "package.json").read_text())["dependencies"]
        found |= {name: packages[name] for name in NODE}
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
