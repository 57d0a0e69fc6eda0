"""An application that the tests of the fast path share."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.endpoint.fast_path.ways import Ways, ways
from tests.support.application import bearer


@pytest.fixture
async def way(populated: str, tmp_path: Path) -> AsyncIterator[Ways]:
    """An application with the small generated country."""
    async with ways(populated, tmp_path) as found:
        yield found


@pytest.fixture
async def alone(populated: str, tmp_path: Path) -> AsyncIterator[Ways]:
    """An application without a response cache."""
    async with ways(populated, tmp_path, response_cache=False) as found:
        yield found


@pytest.fixture
def analyst(alone: Ways, tmp_path: Path) -> Mapping[str, str]:
    """The header of a caller who sees all volunteers."""
    assert alone
    return bearer(tmp_path, "analyst")
