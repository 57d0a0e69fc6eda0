"""What holds for every test: nothing personal is logged, keys and limits are the usual ones."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from erikti.guard.limits import Limits
from tests.support.canaries import Watch
from tests.support.databases import use_keys
from tests.support.queries import limited


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
    limits = replace(
        Limits(), cost=most, nodes=most, input_items=most, input_objects=most, query_seconds=60
    )
    with limited(limits):
        yield


@pytest.fixture
def patient() -> Iterator[None]:
    """Time for operations that other tests slow down."""
    with limited(replace(Limits(), query_seconds=60)):
        yield


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Whatever keys a test uses, the next one finds the usual ones."""
    yield
    use_keys()
