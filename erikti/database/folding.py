"""Folding: the rows that overlapping writers added to a rollup become one per combination."""

from collections.abc import Sequence

from erikti.database.connection import fetch, transaction
from erikti.database.lanes import busy_lanes, move, take
from erikti.database.rollup import Rollup

ROWS = 1000  # moved in one transaction, which takes some hundredths of a second


async def fold(rollups: Sequence[Rollup], rows: int = ROWS) -> int:
    """Move the rows of rollups to their lowest lanes; return how many were moved.

    No writer waits for it, nor it for a writer: it leaves the lanes of running transactions.
    Sums over lanes are the same before, between and after its transactions.
    """
    moved = 0
    for rollup in rollups:
        if rollup.lanes:
            for (lane,) in map(tuple, await fetch(busy_lanes(rollup))):
                while some := await _move(rollup, lane, rows):
                    moved += some
    return moved


async def _move(rollup: Rollup, lane: int, rows: int) -> int:
    """Move some rows of a lane to the lowest free one; 0 if there are none, or it is held."""
    async with transaction():
        if not await _take(lane):
            return 0
        for target in range(lane):
            if await _take(target):
                return int((await fetch(move(rollup, lane, target, rows)))[0][0])
    return 0


async def _take(lane: int) -> bool:
    return bool((await fetch(take(lane)))[0][0])


async def has_rows_to_fold(rollups: Sequence[Rollup]) -> bool:
    """Return whether some rollup has rows outside of lane 0."""
    some = (f"EXISTS (SELECT 1 FROM {r.table} WHERE lane > 0)" for r in rollups if r.lanes)
    return bool((await fetch(f"SELECT {' OR '.join(some)}"))[0][0])
