"""Rollups as overlapping writers leave them, without any having written."""

from collections.abc import Sequence

from erikti.database.connection import dialect, fetch, transaction
from erikti.database.rollup import Rollup
from models.rollups import ROLLUPS

# Columns that can hold a value that no record has.
OTHERS = {
    "hours": "hours + 1000000",
    "hours_total": "hours_total + 1000000",
    "edition": "edition + 100",
}


async def scatter() -> None:
    """Spread the numbers of rollups over lanes, and add combinations without records.

    On SQLite, which has one lane, there are only the latter.
    """
    async with transaction():
        for rollup in ROLLUPS:
            if rollup.lanes:
                await _scatter(rollup)


async def _scatter(rollup: Rollup) -> None:
    numbers = ("count", *rollup.sums)
    gone = [OTHERS.get(name, name) for name in rollup.names]
    several = dialect().name == "postgres"
    if gone != list(rollup.names):
        for lane, number in ((3, 7), (0, -7)) if several else ((0, 0),):
            await _add(rollup, gone, [str(number)] * len(numbers), lane, 1)
    if several:
        # Lane 1 has what lane 2 takes away, and lane 0 the whole.
        await _add(rollup, rollup.names, [f"{name} * 2" for name in numbers], 1, 2)
        await _add(rollup, rollup.names, [f"{name} * -2" for name in numbers], 2, 2)
        await fetch(f"UPDATE {rollup.table} SET lane = 5 WHERE lane = 0 AND id % 4 = 3")


async def _add(
    rollup: Rollup, keys: Sequence[str], numbers: Sequence[str], lane: int, part: int
) -> None:
    """Add rows made from every fourth one of lane 0."""
    names = ", ".join((*rollup.names, "count", *rollup.sums, "lane"))
    await fetch(
        f"INSERT INTO {rollup.table} ({names}) SELECT {', '.join([*keys, *numbers])}, {lane} "
        f"FROM {rollup.table} WHERE lane = 0 AND id % 4 = {part}"
    )
