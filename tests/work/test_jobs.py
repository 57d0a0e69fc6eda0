"""Jobs: one process at a time does one, and failures and interruptions leave it due."""

from datetime import UTC, datetime, timedelta

import pytest

from erikti.database.connection import Database
from erikti.database.leadership import leadership
from erikti.work import jobs
from erikti.work.kinds import Kind
from erikti.work.worker import Worker
from models.jobs import Job

HOUR = 3600.0


async def always() -> bool:
    return True


async def test_a_job_is_leased_once_and_due_again_after_its_pause(database: str) -> None:
    assert database
    assert await jobs.lease("fold")
    assert not await jobs.lease("fold")
    assert await jobs.lease("other")
    await jobs.finish("fold", HOUR)
    assert not await jobs.lease("fold")
    job = await Job.get(kind="fold")
    assert (job.attempts, job.leased_until, job.last_error) == (0, None, None)
    assert job.done_at is not None
    assert job.due_at - job.done_at == timedelta(seconds=HOUR)
    await jobs.finish("fold", 0)
    assert await jobs.lease("fold")


async def test_an_interrupted_job_is_due_at_once_or_after_its_lease(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database
    assert await jobs.lease("fold")
    await jobs.release("fold")
    monkeypatch.setattr(jobs, "LEASE", -1.0)
    assert await jobs.lease("fold")  # as of a process that was killed a lease ago
    assert await jobs.lease("fold")
    await jobs.renew("fold")
    monkeypatch.undo()
    assert await jobs.lease("fold")
    await jobs.renew("fold")
    assert not await jobs.lease("fold")
    assert (await Job.get(kind="fold")).attempts == 4


async def test_a_failed_job_waits_longer_each_time(database: str) -> None:
    assert database
    secret = ValueError("Aigerim")
    pauses = []
    for _ in range(3):
        await Job.filter(kind="fold").update(due_at=datetime.now(UTC))
        assert await jobs.lease("fold")
        await jobs.fail("fold", secret)
        assert not await jobs.lease("fold")
        job = await Job.get(kind="fold")
        pauses.append(round((job.due_at - datetime.now(UTC)).total_seconds()))
        assert (job.last_error, job.leased_until, job.done_at) == ("ValueError", None, None)
    assert pauses == sorted(set(pauses))
    assert job.attempts == 3


async def test_a_worker_does_what_is_needed_and_due(database: str) -> None:
    done = []

    async def fail() -> None:
        raise ValueError

    async def never() -> bool:
        return False

    async def note() -> None:
        done.append(1)

    good = Worker(Database(database), {"a": Kind(note, HOUR, always), "b": Kind(note, 0, never)})
    assert await good.once()
    assert await good.once()
    assert done == [1]
    bad = Worker(Database(database), {"c": Kind(fail, HOUR, always), "d": Kind(note, 0, always)})
    assert await bad.once() is False
    assert done == [1, 1]
    assert await Job.all().order_by("kind").values_list("kind", "last_error") == [
        ("a", None),
        ("c", "ValueError"),
        ("d", None),
    ]


async def test_one_leads_and_the_next_takes_over(database: str) -> None:
    async with Database(database) as first, Database(database) as second:
        one, two = leadership(first), leadership(second)
        assert await one.take()
        assert await one.take()
        assert await one.is_held()
        assert not await two.take()
        assert not await two.is_held()
        await one.give_up()
        assert not await one.is_held()
        assert await two.take()
        assert not await one.take()
        await two.give_up()
        await two.give_up()


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_a_leader_that_lost_its_connection_leads_no_longer(database: str) -> None:
    async with Database(database) as first, Database(database) as second:
        one, two = leadership(first), leadership(second)
        assert await one.take()
        ended = (
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d "
            "ON d.oid = l.database AND d.datname = current_database() "  # others share the server
            "WHERE l.locktype = 'advisory'"
        )
        await second.client.execute_query(ended)
        while await one.is_held():  # until the server has ended it
            pass
        assert await two.take()
        await two.give_up()
