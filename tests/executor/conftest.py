"""What tests of the executor have in common."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Let what graphql-core gave up go at once, and not while another test runs."""
    yield
    gc.collect()
