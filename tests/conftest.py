"""What holds for every test: nothing personal is logged, keys and limits are the usual ones."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support import both_ways
from tests.support.canaries import Watch
from tests.support.databases import use_keys
from tests.support.queries import PATIENT, limited


@pytest.fixture(scope="session", autouse=True)
def watch() -> Iterator[Watch]:
    """Reads all that is logged in the whole run, which fails where that holds personal data."""
    found = Watch()
    found.attach()
    yield found
    found.detach()
    assert not found.found, "\n".join(sorted(found.found))


@pytest.fixture
def generous() -> Iterator[None]:
    """Room for operations that ask more than callers may."""
    most = 10**8
    limits = replace(PATIENT, cost=most, nodes=most, input_items=most, input_objects=most)
    with limited(limits):
        yield


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Whatever keys a test uses, the next one finds the usual ones."""
    yield
    use_keys()


@pytest.fixture
def executed() -> Iterator[None]:
    """Leave all fields to the executor, for tests of its statements."""
    with both_ways.executed():
        yield


@pytest.fixture
def one_way() -> Iterator[None]:
    """Run operations once, for tests that count or interrupt what they do."""
    with both_ways.one_way():
        yield
