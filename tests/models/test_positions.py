"""A reader of positions beside writers: nothing lost, nothing out of order."""

import asyncio
import random
from collections.abc import Sequence
from uuid import uuid4

from erikti.database.connection import fetch, fetch_alone, transaction
from erikti.database.errors import is_busy
from models.changes import ChangeKind, FeedHead, Origin, change_set
from tests.models.tables import organisation

WRITERS, EACH = 8, 25
FOLLOWED = """SELECT s.position, h.position, count(o.id) FROM feed_head h
    JOIN change_sets s ON s.position > {after} LEFT JOIN organisations o ON o.change_set = s.id
    GROUP BY s.position, h.position ORDER BY s.position"""


class _UndoneError(Exception):
    pass


async def write(name: str, by_hand: bool) -> int:
    """Insert organisations, each in a transaction; a third of these is undone."""
    committed = 0
    for number in range(EACH):
        undone = number % 3 == 2
        try:
            held = transaction() if by_hand else change_set(Origin(ChangeKind.MUTATION))
            async with held:
                await fetch(organisation(str(uuid4()), f"{name}-{number}"))
                await asyncio.sleep(random.random() / 200)
                if undone:
                    raise _UndoneError
        except _UndoneError:
            continue
        except Exception as error:
            if not is_busy(error):
                raise
            continue
        committed += 1
    return committed


async def follow(first: int, ended: asyncio.Event) -> list[int]:
    """Return the positions that a reader saw, until the writers have ended."""
    seen = [first]
    while True:
        last = ended.is_set()
        rows: Sequence[Sequence[object]] = await fetch_alone(FOLLOWED.format(after=seen[-1]))
        for position, head, records in rows:
            # A reader that sees a position sees all before it, and their records.
            assert (position, records) == (seen[-1] + 1, 1)
            assert position <= head  # type: ignore[operator]
            seen.append(int(str(position)))
        if last:
            return seen
        await asyncio.sleep(0)


async def test_positions_are_in_the_order_of_the_commits(database: str) -> None:
    assert database
    first = (await FeedHead.get()).position
    ended = asyncio.Event()
    reader = asyncio.create_task(follow(first, ended))
    writers = (write(f"W{n}", by_hand=n % 2 == 0) for n in range(WRITERS))
    committed = sum(await asyncio.gather(*writers))
    ended.set()
    seen = await reader
    assert committed > WRITERS * EACH / 2
    assert seen == list(range(first, first + committed + 1))
    assert (await FeedHead.get()).position == seen[-1]
