"""Budgets of each kind, in memory and in Valkey."""

from collections.abc import AsyncIterator

import pytest

from erikti.guard.budget import Budget
from tests.guard.budgets import SHARED, WINDOW, New, Pass
from tests.support.clock import Clock
from tests.support.valkey import OwnValkey


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still unless a test moves it."""
    found = Clock()
    monkeypatch.setattr("erikti.guard.budget.time", found)
    return found


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no outage."""
    monkeypatch.setattr("erikti.guard.budget.PATIENCE", 60.0)


@pytest.fixture
async def new() -> AsyncIterator[New]:
    """Makes budgets, which are closed at the end."""
    made: list[Budget] = []

    def make(url: str | None = None, seconds: int = WINDOW) -> Budget:
        made.append(Budget(seconds, url))
        return made[-1]

    yield make
    for budget in made:
        await budget.close()


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
