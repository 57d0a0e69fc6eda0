"""The locks of packages: what pyproject.toml and package.json ask for, each by its hash."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.tree import ROOT
from tools import locks

MADE = "node_modules"


@pytest.mark.parametrize("lock", locks.LOCKS)
def test_a_lock_satisfies_the_ranges_of_pyproject(lock: str) -> None:
    names = [locks.PRODUCT, lock] if lock in locks.LAYERS else [lock]
    pinned = [pin for name in names for pin in locks.pins(name)]
    asked = [Requirement(text) for text in locks.requirements(lock)]
    assert asked
    for requirement in asked:
        name = canonicalize_name(requirement.name)
        found = [pin for pin in pinned if pin.name == name]
        assert found, f"{requirement} is not locked: make lock"
        for pin in found:
            assert requirement.specifier.contains(pin.version), f"{requirement}: make lock"
            assert pin.marker is None or requirement.marker is not None, requirement


@pytest.mark.parametrize("lock", locks.LOCKS)
def test_every_package_has_hashes_and_no_address(lock: str) -> None:
    found = locks.pins(lock)
    assert found
    for pin in found:
        assert pin.hashes, pin.name
        assert all(text.startswith("sha256:") for text in pin.hashes), pin.name
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("lock", locks.LAYERS)
def test_a_layer_repeats_no_other_version_of_the_product(lock: str) -> None:
    product = {pin.name: pin.version for pin in locks.pins(locks.PRODUCT)}
    for pin in locks.pins(lock):
        assert product.get(pin.name, pin.version) == pin.version


def test_every_extra_has_a_lock() -> None:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = set(content["project"]["optional-dependencies"])
    assert set(locks.LOCKS.values()) == extras | {""}


def manifest(folder: Path) -> Any:
    return json.loads((folder / "package.json").read_text(encoding="utf-8"))


def test_the_npm_lock_has_what_each_workspace_asks_for() -> None:
    root = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    locked = root["packages"]
    workspaces = manifest(ROOT)["workspaces"]
    assert locked[""]["workspaces"] == workspaces
    for name in workspaces:
        asked = manifest(ROOT / name)["dependencies"]
        assert locked[name]["dependencies"] == asked
        for package, version in asked.items():
            own = locked.get(f"{name}/node_modules/{package}")
            assert (own or locked[f"node_modules/{package}"])["version"] == version


def test_every_npm_package_has_a_hash_and_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    for place, package in json.loads(text)["packages"].items():
        if "node_modules/" in place and "link" not in package:
            assert package["integrity"].startswith("sha512-"), place
        assert "://" not in package.get("resolved", ""), place


def test_what_is_around_the_product_shares_one_npm_lock() -> None:
    for folder in ("tests", "interop", "benchmarks"):
        found = (ROOT / folder).rglob("package.json")
        ours = {str(path.parent.relative_to(ROOT)) for path in found if MADE not in path.parts}
        listed = {name for name in manifest(ROOT)["workspaces"] if name.startswith(f"{folder}/")}
        assert ours == listed
        assert not [p for p in (ROOT / folder).rglob("package-lock.json") if MADE not in p.parts]
