"""The locks of Python packages: what pyproject.toml asks for, each by its hash."""

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.tree import ROOT
from tools import locks


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
