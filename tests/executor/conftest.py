"""What tests of the executor have in common."""

import pytest


@pytest.fixture(autouse=True)
def nothing_is_left(no_garbage_left: None) -> None:
    """They all compare with graphql-core's executor."""
