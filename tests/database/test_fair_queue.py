"""The fair queue shares its places among clients, and leaks none."""

import asyncio
import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from erikti.database.connection import Database, fetch, one_snapshot
from erikti.database.fair_queue import OWN, FairQueue
from erikti.database.snapshots import Query
from erikti.database.sqlite import READERS
from erikti.database.uncancelled import finished
from models import readiness
from models.migrate import migrate


async def served(queue: FairQueue, waiting: str) -> list[str]:
    """Let clients wait in this order behind another; return them in the order they were served."""
    found: list[str] = []

    async def wait(client: str) -> None:
        await queue.acquire(client)
        found.append(client)

    tasks = []
    for client in waiting:
        tasks.append(asyncio.create_task(wait(client)))
        await asyncio.sleep(0)
    while not all(task.done() for task in tasks):
        queue.release("first" if len(found) == 0 else found[-1])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return found


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [("aaab", "abaa"), ("aabbc", "abcab"), ("aaaa", "aaaa"), ("abababc", "abcabab")],
)
async def test_a_client_waits_for_at_most_one_operation_of_each_other(
    waiting: str, expected: str
) -> None:
    queue = FairQueue(1)
    await queue.acquire("first")
    assert "".join(await served(queue, waiting)) == expected


async def test_a_client_never_holds_the_last_place() -> None:
    queue = FairQueue(3, 0.01)
    for _ in range(2):
        await queue.acquire("a")
    with pytest.raises(TimeoutError):
        await queue.acquire("a")
    await queue.acquire("b")
    with pytest.raises(TimeoutError):
        await queue.acquire("b")
    queue.release("a")
    await queue.acquire("b")
    assert queue.in_use == 3


async def test_a_client_at_its_limit_does_not_delay_others() -> None:
    queue = FairQueue(3, 0.5)
    for _ in range(2):
        await queue.acquire("a")
    waiting = asyncio.create_task(queue.acquire("a"))
    await asyncio.sleep(0)
    await queue.acquire("b")
    assert not waiting.done()
    queue.release("a")
    await waiting


async def test_the_client_with_the_fewest_places_comes_first() -> None:
    queue = FairQueue(3)
    for client in ("a", "a", "b"):
        await queue.acquire(client)
    waiting = {client: asyncio.create_task(queue.acquire(client)) for client in ("b", "c")}
    await asyncio.sleep(0)
    queue.release("a")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [client for client, task in waiting.items() if task.done()] == ["c"]
    queue.release("a")
    await asyncio.gather(*waiting.values())


async def test_the_server_has_exactly_one_separate_place() -> None:
    queue = FairQueue(2, 0.01)
    await queue.acquire("a")
    await queue.acquire("b")
    await queue.acquire(OWN)
    with pytest.raises(TimeoutError):
        await queue.acquire(OWN)
    queue.release(OWN)
    await queue.acquire(OWN)
    assert queue.in_use == 2


async def test_cancelled_and_late_callers_leak_no_place() -> None:
    queue = FairQueue(3, 0.02)
    chance = random.Random(1)
    held: Counter[str] = Counter()

    async def use(client: str) -> None:
        await queue.acquire(client)
        held[client] += 1
        try:
            assert held.total() <= 3
            assert held[client] <= 2
            await asyncio.sleep(chance.random() / 500)
        finally:
            held[client] -= 1
            queue.release(client)

    tasks = [asyncio.create_task(use(chance.choice("abcd"))) for _ in range(300)]
    for task in tasks:
        if chance.random() < 0.3:
            task.cancel()
        await asyncio.sleep(chance.random() / 2000)
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in found} <= {type(None), TimeoutError, asyncio.CancelledError}
    assert Counter(type(one) for one in found)[type(None)] > 5
    assert not queue.in_use
    for client in ("a", "a", "b"):
        await queue.acquire(client)


async def test_readiness_works_while_clients_hold_every_reader(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/erikti.db"
    async with Database(url, connection_seconds=0.1):
        await migrate(url)
        with ExitStack() as stack:
            for n in range(READERS):
                # An operation holds its reader until it ends.
                holding = stack.enter_context(one_snapshot(f"client {n}"))
                await holding.submit(Query("SELECT 1"))
            with one_snapshot("another"), pytest.raises(TimeoutError):
                await fetch("SELECT 1")
            assert await readiness.unreadiness(url) is None
        await finished()
