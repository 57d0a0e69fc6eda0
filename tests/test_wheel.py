"""The wheel installs the packages of the product and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.tree import PRODUCT, ROOT

FILES = ("pyproject.toml", "README.md", "LICENSE", "server.py")


@pytest.mark.usefixtures("processes")
def test_the_wheel_has_the_packages_and_their_data(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in PRODUCT:
        shutil.copytree(ROOT / name, source / name)
    # Folders beside them must not get in.
    for name in ("tests", "tools", "benchmarks", "interop", "docs"):
        (source / name).mkdir()
        (source / name / "__init__.py").touch()
    for name in FILES:
        shutil.copy(ROOT / name, source)
    options = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        *options,
        "--wheel-dir",
        str(tmp_path),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("erikti-*.whl")
    names = ZipFile(wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {*PRODUCT, "server.py"}
    assert {f"{package}/py.typed" for package in PRODUCT} <= set(names)
    data = {Path(name).suffix for name in names}
    assert {".csv", ".graphql", ".html"} <= data
