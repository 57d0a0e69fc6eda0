"""A statement that runs at once: without a wait, without a task, and without leaks."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from erikti.database.connection import connection, dialect, fetch, fetch_alone, fetch_now
from erikti.database.postgres import Client
from tests.database.leaks import PATIENCE, Leaks, watched
from tests.database.suspending import MOST, Suspensions
from tests.support.queries import statements

pytestmark = pytest.mark.timeout(60)
COUNT = "SELECT count(*) FROM countries"
CLIENT = "a client"
# Ends all other connections of the application.
LOSE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'erikti' AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def leaks(database: str) -> AsyncIterator[Leaks]:
    """Check after the test that nothing holds a connection."""
    async with watched(database) as leaks:
        yield leaks
        await leaks.none_are_left()


async def now(sql: str, *parameters: object) -> list[tuple[object, ...]] | None:
    """Return the rows, None if the statement does not run at once."""
    running = fetch_now(sql, parameters, CLIENT)
    return None if running is None else shown(await running)


def shown(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    return [tuple(row) for row in rows]


def is_postgres() -> bool:
    return dialect().name == "postgres"


async def test_a_statement_that_is_prepared_runs_at_once(leaks: Leaks) -> None:
    assert await now(COUNT) is None
    rows = shown(await fetch_alone(COUNT))
    with statements() as made:
        assert await now(COUNT) == (rows if is_postgres() else None)
    assert made == ([COUNT] if is_postgres() else [])
    assert await now("SELECT 1") is None, "no other statement is prepared"


async def test_its_parameters_are_bound(leaks: Leaks) -> None:
    sql = f"SELECT name_en FROM countries WHERE code = {dialect().param(1)}"
    await fetch_alone(sql, ["KZ"])
    for code, name in (("UZ", "Uzbekistan"), ("KZ", "Kazakhstan")):
        assert await now(sql, code) == ([(name,)] if is_postgres() else None)


async def test_it_does_not_run_without_a_place_or_a_connection(leaks: Leaks) -> None:
    client = connection()
    await fetch_alone(COUNT)
    if not isinstance(client, Client):
        assert await now(COUNT) is None
        return
    places = 0
    while client.queue.take(CLIENT):
        places += 1
    assert await now(COUNT) is None
    assert len(client.sessions) == 1, "its connection is there for others"
    for _ in range(places):
        client.queue.release(CLIENT)
    taken = client.sessions.pop()
    assert taken is not None
    assert await now(COUNT) is None
    assert not client.queue.in_use
    client.sessions.append(taken)
    assert await now(COUNT)


async def test_an_error_affects_no_later_statement(leaks: Leaks) -> None:
    if not is_postgres():
        return
    sql = "SELECT 1 / $1::int"
    await fetch_alone(sql, [1])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await now(sql, 0)
    await leaks.none_are_left()
    with pytest.raises(asyncpg.DataError):
        await now(sql, "one")
    await leaks.none_are_left()
    assert await now(sql, 1) == [(1,)]


async def test_a_connection_that_was_lost_is_replaced(leaks: Leaks) -> None:
    client = connection()
    await fetch_alone(COUNT)
    if not isinstance(client, Client):
        return
    running = fetch_now(COUNT, (), CLIENT)
    await fetch(LOSE)
    assert running is not None
    assert shown(await running) == shown(await fetch_alone(COUNT))
    await leaks.none_are_left()
    for session in client.sessions.clear():
        session.terminate()
        client.sessions.append(session)
    assert await now(COUNT) is None, "a closed connection runs nothing"
    assert await fetch_alone(COUNT)


async def test_a_changed_table_is_no_error(leaks: Leaks) -> None:
    sql = "SELECT * FROM things"
    await fetch("CREATE TABLE things AS SELECT 1 AS n")
    await fetch_alone(sql)
    await fetch("ALTER TABLE things ADD COLUMN m int")
    assert await now(sql) == ([(1, None)] if is_postgres() else None)


async def test_cancelled_at_any_await_it_leaks_nothing(leaks: Leaks) -> None:
    cancelled = 0
    for number in range(1, MOST):
        await asyncio.wait_for(fetch_alone(COUNT), PATIENCE)
        if not await Suspensions(number).cancel(now(COUNT)):
            break
        cancelled += 1
        await leaks.none_are_left()
    assert (cancelled > 0) == is_postgres()
