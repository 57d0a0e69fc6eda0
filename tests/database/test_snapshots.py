"""One connection and one state of the database for all reads of an operation."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

import pytest

from erikti.database.connection import fetch, one_snapshot, transaction
from erikti.database.snapshots import Query, Receive, Snapshot, current
from erikti.database.uncancelled import finished
from tests.database.leaks import PATIENCE, Leaks, watched
from tests.database.suspending import MOST, Suspensions
from tests.models.tables import KEY, organisation
from tests.support.queries import ask as ask_schema
from tests.support.queries import statements

# A hang fails after a minute, sooner than with the limit of every test.
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.timeout(60)]
T = TypeVar("T")
COUNT = "SELECT count(*) FROM countries"
DELETE = "DELETE FROM countries WHERE code = 'UZ'"


@pytest.fixture(autouse=True)
async def leaks(database: str) -> AsyncIterator[Leaks]:
    """Check after every test that no operation holds a connection."""
    async with watched(database) as leaks:
        yield leaks
        await leaks.none_are_left()


async def countries() -> int:
    ((count,),) = await answered(fetch(COUNT))
    return int(count)


async def answered(answer: Awaitable[T]) -> T:
    """Return the result, within a time limit."""
    return await asyncio.wait_for(answer, PATIENCE)


async def test_all_ways_to_run_a_query() -> None:
    with one_snapshot() as snapshot:
        assert await answered(snapshot.submit(Query("SELECT 1", read=len))) == 1
        asked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        snapshot.schedule(lambda: asked.set_result(2))
        assert await answered(asked) == 2
        assert await countries()
    assert await countries()


async def test_a_snapshot_is_current_only_within_its_operation() -> None:
    assert current() is None
    with one_snapshot() as snapshot:
        assert current() is snapshot
        assert await answered(asyncio.create_task(within())) is snapshot
    assert current() is None


async def within() -> Snapshot | None:
    """Return the snapshot that is current in a task of the operation."""
    return current()


async def test_an_operation_does_not_see_what_others_commit_meanwhile() -> None:
    before = await countries()
    with one_snapshot():
        assert await countries() == before
        await outside(DELETE)
        assert await countries() == before
    assert await countries() == before - 1


async def test_an_operation_sees_what_was_committed_before_its_first_statement() -> None:
    before = await countries()
    with one_snapshot():
        await outside(DELETE)
        assert await countries() == before - 1


async def outside(sql: str) -> None:
    """Commit a statement on another connection."""
    async with transaction() as client:
        await client.execute_query(sql)


async def test_a_query_does_not_see_a_commit_between_two_of_its_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = "{ regions { code organisations { totalCount nodes { bin } } } }"
    answer = Snapshot._run
    written: list[str] = []

    async def answer_and_write(self: Snapshot, query: Query, receive: Receive) -> None:
        await answer(self, query, receive)
        if not written:
            written.append(query.sql)
            await outside(organisation(KEY, "1"))

    monkeypatch.setattr(Snapshot, "_run", answer_and_write)
    meanwhile, later = await ask_schema(query), await ask_schema(query)
    assert "FROM regions" in written[0]
    assert not any(region["organisations"]["nodes"] for region in meanwhile["regions"])
    assert sum(region["organisations"]["totalCount"] for region in meanwhile["regions"]) == 0
    assert sum(region["organisations"]["totalCount"] for region in later["regions"]) == 1


async def test_statements_of_one_operation_share_one_connection() -> None:
    with one_snapshot():
        waiting = [fetch("SELECT 1") for _ in range(20)]
        assert [rows[0][0] for rows in await answered(asyncio.gather(*waiting))] == [1] * 20


async def test_an_operation_without_reads_acquires_no_connection() -> None:
    with statements() as made, one_snapshot():
        pass
    assert made == []


async def test_a_failed_statement_affects_no_later_operation() -> None:
    with one_snapshot(), pytest.raises(Exception, match="no_such_table"):
        await answered(fetch("SELECT * FROM no_such_table"))
    assert await countries()


async def test_queries_after_the_end_of_an_operation_fail() -> None:
    with one_snapshot() as snapshot:
        assert await countries()
        unanswered = snapshot.submit(Query(COUNT))
    late = snapshot.submit(Query(COUNT))
    for answer in (unanswered, late):
        with pytest.raises(RuntimeError, match="ended"):
            await answered(answer)


async def test_an_operation_cancelled_at_any_await_leaks_nothing(leaks: Leaks) -> None:
    cancelled = 0
    for number in range(1, MOST):
        if not await Suspensions(number).cancel(reading()):
            break
        cancelled += 1
        await leaks.none_are_left()
        assert await countries()
    assert cancelled >= 3
    await outside(DELETE)


async def reading() -> None:
    """Run some statements, sequentially and concurrently."""
    with one_snapshot():
        await fetch(COUNT)
        await asyncio.gather(*(fetch(COUNT) for _ in range(3)))
        await fetch(COUNT)


async def test_a_cancelled_task_does_not_affect_others() -> None:
    with one_snapshot():
        first, second = (asyncio.create_task(countries()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second
        assert await countries()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_an_ended_operation_releases_its_connection_at_once(leaks: Leaks) -> None:
    with one_snapshot():
        await countries()
    await answered(finished())
    await leaks.none_are_left()
    with one_snapshot() as snapshot:
        unanswered = snapshot.submit(Query(COUNT))
    await leaks.none_are_left()
    assert isinstance(unanswered.exception(), RuntimeError)
