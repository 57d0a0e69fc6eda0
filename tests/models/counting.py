"""The expected contents of rollups, counted from the records without SQL."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from erikti.database.calendar import calendar
from erikti.database.connection import fetch
from erikti.database.rollup import Column, Rollup, Unit
from models.rollups import ROLLUPS

Counts = dict[tuple[Any, ...], list[int]]


async def wrong(rollups: Sequence[Rollup] = ROLLUPS) -> dict[str, tuple[Counts, Counts]]:
    """Return the actual and expected contents of incorrect rollups."""
    found = {rollup.table: (await held(rollup), await due(rollup)) for rollup in rollups}
    return {table: pair for table, pair in found.items() if pair[0] != pair[1]}


async def held(rollup: Rollup) -> Counts:
    """Return a rollup's contents, summed over lanes, without combinations with count 0."""
    names = ", ".join((*rollup.names, "count", *rollup.sums))
    lane = "lane" if rollup.lanes else "0"
    counts: Counts = {}
    seen = set()
    for found, *row in map(tuple, await fetch(f"SELECT {lane}, {names} FROM {rollup.table}")):
        size = len(rollup.columns)
        key = tuple(map(cut, rollup.columns, row[:size]))
        assert (found, key) not in seen, (rollup.table, found, key)
        seen.add((found, key))
        numbers = counts.setdefault(key, [0] * len(row[size:]))
        counts[key] = [a + b for a, b in zip(numbers, row[size:], strict=True)]
    assert not rollup.linked or all(map(any, counts.values())), rollup.table
    return {key: numbers for key, numbers in counts.items() if any(numbers)}


async def due(rollup: Rollup) -> Counts:
    """Return a rollup's expected contents."""
    tie = rollup.tie
    columns = [f"{'t' if c in rollup.own else 'l'}.{c.name}" for c in rollup.columns]
    columns += [f"t.{name}" for name in rollup.sums]
    tied = f"JOIN {tie.table} l ON l.{tie.owner} = t.id" if tie else ""
    counts: Counts = defaultdict(lambda: [0] * (1 + len(rollup.sums)))
    if parent := rollup.parent:
        tied = f"JOIN {parent.table} l ON l.id = t.{parent.key}"
    rows = await fetch(f"SELECT {', '.join(columns)} FROM {rollup.base} t {tied}")
    size = len(rollup.columns)
    for row in map(tuple, rows):
        numbers = counts[tuple(map(cut, rollup.columns, row[:size]))]
        for place, number in enumerate((1, *row[size:])):
            numbers[place] += number
    return dict(counts)


def cut(column: Column, value: Any) -> Any:
    """Return a value truncated as in a rollup."""
    if column.unit is None or value is None:
        return value
    if column.instant:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        day = moment.astimezone(calendar().zone).date()
        return calendar().start(day.replace(day=1) if column.unit is Unit.MONTH else day)
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if column.unit is Unit.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if column.unit is Unit.MONTH else day
