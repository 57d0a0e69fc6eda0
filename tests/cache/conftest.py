"""Caches over memory and over a real Valkey."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from valkey import Valkey

from erikti.cache import ResponseCache
from erikti.cache import Valkey as Client
from erikti.cache.valkey import PAUSE
from tests.cache.computation import Make
from tests.support.valkey import PATIENCE


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes caches, each with a client of its own; all are closed at the end."""
    async with AsyncExitStack() as stack:

        def new(url: str | None = None, **options: Any) -> ResponseCache:
            given = {"timeout": options.pop("timeout", PATIENCE)}
            given["pause"] = options.pop("pause", PAUSE)
            shared = Client(url, **given) if url else None
            if shared is not None:
                stack.push_async_callback(shared.close)
            made = ResponseCache(shared, **options)
            stack.push_async_callback(made.close)
            return made

        yield new


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
