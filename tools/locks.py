"""Lock the Python packages that pyproject.toml allows: ``python -m tools.locks [--upgrade]``."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PRODUCT = "requirements.lock"
# Each lock, and the extra that it is for. Those of LAYERS are installed on top of PRODUCT.
LOCKS = {
    PRODUCT: "",
    "requirements-dev.lock": "dev",
    "requirements-node.lock": "node",
    "requirements-release.lock": "release",
}
LAYERS = ("requirements-dev.lock", "requirements-node.lock")
OLDEST = "3.11"


class Pin(NamedTuple):
    """A package of a lock, and where it is needed."""

    name: str
    version: str
    marker: Marker | None
    hashes: frozenset[str]


def requirements(lock: str) -> list[str]:
    """Return the ranges of pyproject.toml that a lock has to satisfy."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = content["project"]
    found: list[str] = (
        [*project["dependencies"], *content["build-system"]["requires"]]
        if lock == PRODUCT
        else project["optional-dependencies"][LOCKS[lock]]
    )
    return found


def pins(lock: str) -> list[Pin]:
    """Return the packages of a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [_pin(line) for line in text.splitlines() if line and not line.startswith("#")]


def _pin(line: str) -> Pin:
    pinned, *hashes = line.split(" --hash=")
    requirement = Requirement(pinned.strip())
    (only,) = requirement.specifier
    assert only.operator == "=="
    name = canonicalize_name(requirement.name)
    return Pin(name, only.version, requirement.marker, frozenset(map(str.strip, hashes)))


def compile_(lock: str, *options: str) -> None:
    """Write a lock anew; versions that still fit stay, unless ``options`` has ``--upgrade``."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--output-file", lock]
    command += ["--quiet", "--universal", "--python-version", OLDEST, "--generate-hashes"]
    command += ["--no-annotate", "--custom-compile-command", "make lock", *options]
    if lock in LAYERS:
        command += ["--constraints", PRODUCT]
        # One that the product needs on some platforms alone may be needed here on all.
        for pin in pins(PRODUCT):
            command += [] if pin.marker else ["--no-emit-package", pin.name]
    subprocess.run(command, cwd=ROOT, input="\n".join(requirements(lock)), text=True, check=True)


def main() -> None:
    """Write all locks."""
    for lock in LOCKS:
        compile_(lock, *sys.argv[1:])


if __name__ == "__main__":
    main()
