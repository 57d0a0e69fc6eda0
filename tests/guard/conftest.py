"""Budgets of each kind, in memory and in Valkey."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from erikti.cache import Valkey
from erikti.guard.budget import Budget
from tests.guard.budgets import SHARED, WINDOW, New, Pass
from tests.support.clock import Clock
from tests.support.valkey import PATIENCE, OwnValkey, client_of

FOREVER = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that changes only when the test sets it."""
    found = Clock()
    monkeypatch.setattr("erikti.guard.budget.time", found)
    return found


@pytest.fixture
async def valkey(own_valkey: OwnValkey) -> AsyncIterator[Valkey]:
    """A client of the test's Valkey that does not retry after a failure."""
    async with client_of(own_valkey.url, pause=FOREVER) as found:
        yield found


@pytest.fixture
async def new() -> AsyncIterator[New]:
    """Makes budgets, each with a client of its own, which is closed at the end."""
    async with AsyncExitStack() as stack:

        def make(url: str | None = None) -> Budget:
            valkey = Valkey(url, timeout=PATIENCE) if url else None
            if valkey is not None:
                stack.push_async_callback(valkey.close)
            return Budget(WINDOW, valkey)

        yield make


@pytest.fixture
def pass_(clock: Clock, request: pytest.FixtureRequest) -> Pass:
    """Lets seconds pass, for this process and for Valkey."""

    def passed(seconds: float) -> None:
        clock.day += seconds
        clock.running += seconds
        if "own_valkey" in request.fixturenames or SERVER in request.node.stash:
            server: OwnValkey = request.getfixturevalue("own_valkey")
            with server.client() as valkey:
                for key in valkey.keys("*"):
                    valkey.pexpire(key, valkey.pttl(key) - int(seconds * 1000))

    return passed


SERVER = pytest.StashKey[bool]()


@pytest.fixture(
    params=["memory", *(pytest.param(name, marks=pytest.mark.process) for name in SHARED)]
)
def budget(request: pytest.FixtureRequest, new: New) -> Budget:
    """A budget of each kind."""
    if request.param == "memory":
        return new()
    request.node.stash[SERVER] = True
    server: OwnValkey = request.getfixturevalue("own_valkey")
    return new(server.url if request.param == "valkey" else f"unix://{server.socket}")
