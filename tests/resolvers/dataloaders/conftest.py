"""Records of the generated country, read once for all tests that only compare with them."""

import pytest_asyncio

from tests.resolvers.dataloaders.by_hand import Records

READ: dict[str, Records] = {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def records(open_nation: str) -> Records:
    """Return all records of the small generated country."""
    if open_nation not in READ:
        READ[open_nation] = await Records.read()
    return READ[open_nation]
