"""A country of which tests of written responses may change the records."""

from collections.abc import AsyncIterator, Iterator

import pytest

from erikti.database.connection import Database
from tests.support.databases import Server


@pytest.fixture
def own_url(server: Server) -> Iterator[str]:
    """The URL of a copy of the small country, whose records the test may change."""
    with server.copied(server.country()) as url:
        yield url


@pytest.fixture
async def own_nation(own_url: str) -> AsyncIterator[None]:
    """The copy, open."""
    async with Database(own_url):
        yield
