"""One statement without a transaction: what it sees, its limits, and that it leaks nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack

import asyncpg
import pytest

from erikti.database import postgres, sessions
from erikti.database.connection import (
    Database,
    connection,
    dialect,
    fetch,
    fetch_alone,
    one_snapshot,
    transaction,
)
from erikti.database.errors import is_too_slow
from erikti.database.fair_queue import OWN
from erikti.database.snapshots import Query
from erikti.database.sqlite import Client as SqliteClient
from erikti.database.uncancelled import finished
from tests.database.leaks import PATIENCE, Leaks, watched
from tests.database.suspending import MOST, Suspensions
from tests.support.queries import statements
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(60)
COUNT = "SELECT count(*) FROM countries"
DELETE = "DELETE FROM countries WHERE code = 'UZ'"
TIMES = 3  # the first run is in a transaction, later ones are not
Text = Callable[[str], str]
# A statement that takes as long as its parameter says: seconds, or so many millions of rows.
LONG = {
    "postgres": "SELECT pg_sleep($1)",
    "sqlite": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < ?1 * 1e6)"
    " SELECT max(n) FROM t",
}
FAILING = {
    "postgres": "SELECT 1 / $1::int",
    "sqlite": "SELECT json_extract('[1]', CASE WHEN ?1 THEN '$[0]' ELSE 'wrong' END)",
}
ASLEEP = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()
AND state <> 'idle'
"""


@pytest.fixture
async def leaks(database: str) -> AsyncIterator[Leaks]:
    """Check after the test that nothing holds a connection."""
    async with watched(database) as leaks:
        yield leaks
        await leaks.none_are_left()


async def countries() -> int:
    (row,) = await asyncio.wait_for(fetch_alone(COUNT), PATIENCE)
    count = row[0]
    assert isinstance(count, int)
    return count


async def test_rows_and_parameters(leaks: Leaks) -> None:
    one, two = dialect().param(1), dialect().param(2)
    sql = f"SELECT code, name_en FROM countries WHERE code IN ({one}, {two}) ORDER BY code"
    for _ in range(TIMES):
        rows = await fetch_alone(sql, ["KZ", "UZ"])
        assert [tuple(row) for row in rows] == [("KZ", "Kazakhstan"), ("UZ", "Uzbekistan")]
        assert await fetch_alone(sql, ("--", "++")) == []


async def test_it_sees_every_commit_also_within_an_operation(leaks: Leaks) -> None:
    before = await countries()
    with one_snapshot():
        ((seen,),) = await fetch(COUNT)
        async with transaction() as client:
            await client.execute_query(DELETE)
        assert await countries() == before - 1
        assert [tuple(row) for row in await fetch(COUNT)] == [(seen,)] == [(before,)]


async def test_it_is_logged(leaks: Leaks) -> None:
    with statements() as made:
        await countries()
    assert made == [COUNT]


async def test_a_statement_that_writes_fails_and_changes_nothing(leaks: Leaks) -> None:
    before = await countries()
    changing = [DELETE, "UPDATE countries SET name_en = 'x'", "CREATE TABLE things (n int)"]
    if dialect().name == "postgres":
        changing.append("WITH gone AS (DELETE FROM countries RETURNING 1) SELECT * FROM gone")
        changing.append("SELECT set_config('application_name', nextval('things')::text, false)")
        async with transaction() as client:
            await client.execute_query("CREATE SEQUENCE things")
    for sql in changing * TIMES:
        with pytest.raises((asyncpg.ReadOnlySQLTransactionError, sqlite3.OperationalError)):
            await fetch_alone(sql)
        assert await countries() == before
    assert [tuple(row) for row in await fetch_alone("SELECT count(*) FROM countries")] == [
        (before,)
    ]


async def test_an_error_affects_no_later_statement(leaks: Leaks) -> None:
    sql = FAILING[dialect().name]
    for _ in range(TIMES):
        assert [tuple(row) for row in await fetch_alone(sql, [1])] == [(1,)]
        with pytest.raises((asyncpg.DivisionByZeroError, sqlite3.OperationalError)):
            await fetch_alone(sql, [0])
        with pytest.raises((asyncpg.UndefinedTableError, sqlite3.OperationalError)):
            await fetch_alone("SELECT * FROM no_such_table")
        await leaks.none_are_left()


@pytest.mark.parametrize("warm", [False, True])
async def test_cancelled_at_any_await_it_leaks_nothing(leaks: Leaks, warm: bool) -> None:
    cancelled = 0
    for number in range(1, MOST):
        if warm:
            await countries()
        elif isinstance(client := connection(), postgres.Client):
            for session in client.sessions.clear():
                await client._return(session)
        else:
            await connection().close()
        if not await Suspensions(number).cancel(fetch_alone(COUNT)):
            break
        cancelled += 1
        await leaks.none_are_left()
        assert await countries()
    assert cancelled >= 1


async def test_a_cancelled_statement_stops_in_time_and_others_do_not_wait(
    database_url: str,
) -> None:
    async with Database(database_url, statement_seconds=0.5), watched(database_url) as leaks:
        sql = LONG[dialect().name]
        await fetch_alone(sql, [0])
        running = asyncio.create_task(fetch_alone(sql, [1e6]))
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await countries()
        await asyncio.wait_for(finished(), PATIENCE)
        if dialect().name == "postgres":
            assert [tuple(row) for row in await fetch_alone(ASLEEP)] == [(0,)]
        await leaks.none_are_left()


async def test_a_statement_cancelled_before_it_has_begun_stops_in_time(database_url: str) -> None:
    async with Database(database_url, statement_seconds=0.5), watched(database_url) as leaks:
        sql = LONG[dialect().name]
        for _ in range(TIMES):
            await fetch_alone(sql, [0])
            running = asyncio.create_task(fetch_alone(sql, [1e6]))
            await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running])
            await asyncio.wait_for(finished(), PATIENCE)
        await leaks.none_are_left()


@pytest.mark.parametrize("warm", [False, True])
async def test_a_statement_that_takes_too_long(database_url: str, warm: bool) -> None:
    async with (
        Database(database_url, statement_seconds=0.2, connection_seconds=5),
        watched(database_url) as leaks,
    ):
        sql = LONG[dialect().name]
        for _ in range(TIMES):
            if warm:
                await fetch_alone(sql, [0])
            with pytest.raises((asyncpg.QueryCanceledError, sqlite3.OperationalError)) as caught:
                await asyncio.wait_for(fetch_alone(sql, [1e6]), PATIENCE)
            assert is_too_slow(caught.value)
            assert await countries()
            await leaks.none_are_left()


async def test_the_thread_of_a_slow_statement_is_not_reused(database_url: str) -> None:
    async with Database(database_url, statement_seconds=0.3):
        client = connection()
        if not isinstance(client, SqliteClient):
            return
        await fetch_alone(COUNT)
        (before,) = client._idle
        await fetch_alone(COUNT)
        assert client._idle == [before]
        with pytest.raises(sqlite3.OperationalError):
            await fetch_alone(LONG["sqlite"], [1e6])
        await finished()
        assert client._idle == []
        assert not client.queue.in_use


async def test_the_wait_for_a_place_is_limited_and_fair(database_url: str) -> None:
    async with Database(database_url, statement_seconds=3, connection_seconds=0.2, connections=5):
        sql = LONG[dialect().name]
        await asyncio.gather(*(fetch_alone(sql, [0]) for _ in range(4)))
        running = [asyncio.create_task(fetch_alone(sql, [1e6], "a")) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(TimeoutError):  # a client leaves one of four places to others
            await fetch_alone(COUNT, client_key="a")
        assert await fetch_alone(COUNT, client_key="b")
        assert await fetch_alone(COUNT, client_key=OWN)
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        await asyncio.wait_for(finished(), PATIENCE)
        assert await fetch_alone(COUNT, client_key="a")
        assert not connection().queue.in_use  # type: ignore[attr-defined]


async def test_idle_connections_are_there_for_every_use(database_url: str) -> None:
    async with (
        Database(database_url, connection_seconds=5, connections=3),
        watched(database_url) as leaks,
    ):
        for _ in range(TIMES):
            await asyncio.gather(*(countries() for _ in range(6)))
            async with transaction() as client:
                await client.execute_query("UPDATE countries SET code = code")
                with ExitStack() as stack:  # a second connection, while this one writes
                    snapshot = stack.enter_context(one_snapshot())
                    assert await asyncio.wait_for(snapshot.submit(Query(COUNT)), PATIENCE)
            waiting = [asyncio.create_task(written()) for _ in range(5)]
            await asyncio.wait_for(asyncio.gather(*waiting, countries(), countries()), PATIENCE)
            await leaks.none_are_left()


async def written() -> None:
    """Write something."""
    async with transaction() as client:
        await client.execute_query("UPDATE countries SET code = code WHERE code = 'KZ'")


async def test_a_changed_table_is_no_error(leaks: Leaks) -> None:
    sql = "SELECT * FROM things"
    await fetch("CREATE TABLE things AS SELECT 1 AS n")
    for added in range(1, TIMES):
        await asyncio.gather(*(fetch_alone(sql) for _ in range(4)))
        await fetch(f"ALTER TABLE things ADD COLUMN c{added} int")
        for row in await asyncio.gather(*(fetch_alone(sql) for _ in range(4))):
            assert [tuple(one) for one in row] == [(1, *[None] * added)]


async def test_a_connection_keeps_few_statements(
    leaks: Leaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PREPARED", 2)
    if not isinstance(connection(), postgres.Client):
        return
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT % AS one'"
    for _ in range(TIMES):
        for number in range(6):
            assert await fetch_alone(f"SELECT {number} AS one")
    assert [tuple(row) for row in await fetch_alone(kept)] <= [(2,)]


async def test_idle_connections_return_to_the_pool(
    leaks: Leaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connection()
    if not isinstance(client, postgres.Client):
        return
    await countries()
    assert len(client.sessions) == 1
    monkeypatch.setattr(sessions, "AGE", 0)
    for session in client.sessions.clear():
        await client._return(session)
    await countries()
    assert len(client.sessions) == 0
    monkeypatch.setattr(sessions, "AGE", 60)
    monkeypatch.setattr(sessions, "IDLE", 0.05)
    await asyncio.gather(*(countries() for _ in range(4)))
    assert len(client.sessions) > 0
    await until(lambda: not client.sessions)
    await leaks.none_are_left()
    assert await countries()
