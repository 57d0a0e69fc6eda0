"""What holds for every test: nothing personal is logged, keys and limits are the usual ones."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from erikti.guard.limits import Limits
from schema import schema
from tests.support.canaries import Watch
from tests.support.databases import use_keys


@pytest.fixture(scope="session", autouse=True)
def watch() -> Iterator[Watch]:
    """Reads all that is logged in the whole run, which fails where that holds personal data."""
    found = Watch()
    found.attach()
    yield found
    found.detach()
    assert not found.found, "\n".join(sorted(found.found))


@pytest.fixture
def generous() -> None:
    """Room for operations that ask more than callers may."""
    most = 10**8
    schema.limit(replace(Limits(), cost=most, nodes=most, input_items=most, input_objects=most))


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Whatever keys and limits a test sets, the next one finds the usual ones."""
    yield
    use_keys()
    if schema.limits != Limits():
        schema.limit(Limits())
