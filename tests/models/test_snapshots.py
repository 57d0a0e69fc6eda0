"""One connection and one state of the database for all reads of an operation."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from models.database import fetch, operation, transaction
from models.finishing import finished
from models.snapshots import Query, Receive, Snapshot
from tests.models.tables import KEY, organisation
from tests.support.queries import ask as ask_schema
from tests.support.queries import statements

pytestmark = pytest.mark.usefixtures("database")
COUNT = "SELECT count(*) FROM countries"
DELETE = "DELETE FROM countries WHERE code = 'UZ'"


@pytest.fixture(autouse=True)
async def nothing_is_left(database: str) -> AsyncIterator[None]:
    """After every test no operation holds a connection."""
    yield
    await asyncio.wait_for(finished(), 10)


async def countries() -> int:
    ((count,),) = await fetch(COUNT)
    return int(count)


async def test_an_operation_does_not_see_what_others_commit_meanwhile() -> None:
    before = await countries()
    with operation():
        assert await countries() == before
        await outside(DELETE)
        assert await countries() == before
    assert await countries() == before - 1


async def test_an_operation_sees_what_was_committed_before_its_first_statement() -> None:
    before = await countries()
    with operation():
        await outside(DELETE)
        assert await countries() == before - 1


async def outside(sql: str) -> None:
    """Commit a statement as another client would."""
    async with transaction() as client:
        await client.execute_query(sql)


async def test_a_query_does_not_see_a_commit_between_two_of_its_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = "{ regions { code organisations { totalCount nodes { bin } } } }"
    answer = Snapshot._answer
    written: list[str] = []

    async def answer_and_write(self: Snapshot, query: Query, receive: Receive) -> None:
        await answer(self, query, receive)
        if not written:
            written.append(query.sql)
            await outside(organisation(KEY, "1"))

    monkeypatch.setattr(Snapshot, "_answer", answer_and_write)
    meanwhile, later = await ask_schema(query), await ask_schema(query)
    assert "FROM regions" in written[0]
    assert not any(region["organisations"]["nodes"] for region in meanwhile["regions"])
    assert sum(region["organisations"]["totalCount"] for region in meanwhile["regions"]) == 0
    assert sum(region["organisations"]["totalCount"] for region in later["regions"]) == 1


async def test_statements_of_one_operation_share_one_connection() -> None:
    with operation():
        waiting = [fetch("SELECT 1") for _ in range(20)]
        assert [rows[0][0] for rows in await asyncio.gather(*waiting)] == [1] * 20


async def test_an_operation_that_reads_nothing_borrows_nothing() -> None:
    with statements() as made, operation():
        pass
    assert made == []


async def test_a_statement_that_fails_fails_alone_in_its_place() -> None:
    with operation(), pytest.raises(Exception, match="no_such_table"):
        await fetch("SELECT * FROM no_such_table")
    assert await countries()


async def test_what_is_asked_of_an_ended_operation_gets_an_error() -> None:
    with operation() as snapshot:
        assert await countries()
        unanswered = snapshot.ask(Query(COUNT))
    late = snapshot.ask(Query(COUNT))
    for answer in (unanswered, late):
        with pytest.raises(RuntimeError, match="ended"):
            await asyncio.wait_for(answer, 10)


async def test_a_cancelled_operation_gives_its_connection_back() -> None:
    for _ in range(30):
        task = asyncio.create_task(slow())
        await asyncio.sleep(0.002)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await asyncio.wait_for(countries(), 10)
    await outside(DELETE)


async def slow() -> None:
    with operation():
        while True:
            await fetch(COUNT)
