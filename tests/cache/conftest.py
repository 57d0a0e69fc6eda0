"""Caches over memory and over a real Valkey."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from valkey import Valkey

from erikti.cache import ResponseCache
from tests.cache.computation import Make
from tests.support.valkey import PATIENCE


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes caches, which are closed at the end; without a ``timeout`` they wait long for Valkey."""
    made: list[ResponseCache] = []

    def new(url: str | None = None, **options: Any) -> ResponseCache:
        made.append(ResponseCache(url, **{"timeout": PATIENCE, **options}))
        return made[-1]

    yield new
    for cache in made:
        await cache.close()


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.process)])
def cache(request: pytest.FixtureRequest, make: Make) -> ResponseCache:
    """An empty cache of each kind."""
    url = request.getfixturevalue("empty_url") if request.param == "valkey" else None
    return make(url, secret=b"secret")


@pytest.fixture
def empty_url(valkey_client: Valkey, valkey_url: str) -> str:
    """The URL of a Valkey that holds nothing."""
    assert valkey_client.dbsize() == 0
    return valkey_url
