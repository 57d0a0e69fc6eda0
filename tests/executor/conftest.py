"""Fixtures of the executor's tests."""

import pytest


@pytest.fixture(autouse=True)
def nothing_is_left(no_garbage_left: None) -> None:
    """Check for garbage after each test, since all compare with graphql-core's executor."""
