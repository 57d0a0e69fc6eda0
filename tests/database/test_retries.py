"""Transactions that lost against concurrent ones are repeated as a whole."""

import asyncio
import sqlite3
from collections.abc import Callable
from uuid import UUID

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from erikti.database import retries
from erikti.database.connection import Database, fetch, transaction
from erikti.database.retries import ATTEMPTS, retried

PEOPLE = [UUID(int=number) for number in (1, 2)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PAUSE", 0.0)


def busy() -> OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
    return OperationalError(error)


LOST: dict[str, Callable[[], Exception]] = {
    "deadlock": lambda: OperationalError(asyncpg.DeadlockDetectedError()),
    "serialisation": asyncpg.SerializationError,
    "busy": busy,
}
OTHERS: dict[str, Callable[[], Exception]] = {
    "integrity": lambda: IntegrityError("unique"),
    "timeout": lambda: OperationalError(asyncpg.LockNotAvailableError()),
    "disk": lambda: OperationalError(sqlite3.OperationalError("disk I/O error")),
}


class Attempts:
    """Fails with an error a number of times."""

    def __init__(self, errors: list[Exception]) -> None:
        self.number = 0
        self._errors = errors

    async def __call__(self) -> int:
        self.number += 1
        if self._errors:
            raise self._errors.pop()
        return self.number


@pytest.mark.parametrize("kind", LOST)
async def test_a_lost_race_is_repeated_a_bounded_number_of_times(kind: str) -> None:
    assert await retried(Attempts([LOST[kind]() for _ in range(ATTEMPTS - 1)])) == ATTEMPTS
    attempt = Attempts([LOST[kind]() for _ in range(ATTEMPTS)])
    with pytest.raises((OperationalError, asyncpg.SerializationError)):
        await retried(attempt)
    assert attempt.number == ATTEMPTS


@pytest.mark.parametrize("kind", OTHERS)
async def test_other_errors_are_raised_at_once(kind: str) -> None:
    attempt = Attempts([OTHERS[kind]()])
    with pytest.raises((IntegrityError, OperationalError)):
        await retried(attempt)
    assert attempt.number == 1


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_two_writers_in_opposite_orders_both_succeed(database: str) -> None:
    rows = ", ".join(f"('{id_}', 'A.', '2025-01-01')" for id_ in PEOPLE)
    await fetch(f"INSERT INTO people (id, display_name, recorded_on) VALUES {rows}")
    met = asyncio.Barrier(2)
    attempts = []

    async def write(name: str, order: list[UUID]) -> None:
        async with Database(database):

            async def attempt() -> None:
                attempts.append(name)
                async with transaction():
                    for id_ in order:
                        await fetch(f"UPDATE people SET display_name = '{name}' WHERE id = '{id_}'")
                        if len(attempts) <= 2 and id_ == order[0]:
                            await met.wait()

            await retried(attempt)

    await asyncio.gather(write("B.", PEOPLE), write("C.", PEOPLE[::-1]))
    assert len(attempts) > 2
    names = [row[0] for row in await fetch("SELECT DISTINCT display_name FROM people")]
    assert names == [attempts[-1]]
