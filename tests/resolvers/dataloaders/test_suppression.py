"""No subtraction of published counts recovers a suppressed one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.dataloaders.suppression import (
    Axis,
    Cell,
    Point,
    Published,
    by_part,
    by_prefix,
    by_value,
    suppress,
)
from tests.support.attacker import spread

THRESHOLD = 5
People = Mapping[Point, int]
Known = Callable[[Cell], bool]
COUNTS = st.integers(0, 3) | st.integers(0, 40)
REGION, SEX, BAND = by_value(3), by_value(2), by_value(3)
# The tables of the product in small, and which of their cells callers know from elsewhere.
TABLES: dict[str, tuple[tuple[Axis, ...], Known]] = {
    "ages": ((REGION, SEX, BAND), lambda c: c[1] == SEX.every and c[2] == BAND.every),
    "months": ((by_value(5),), lambda c: len(c[0]) == 5),
    "stock": (
        (REGION, by_prefix(3), by_part(2, frozenset({0}))),
        lambda c: c[0] == REGION.every,
    ),
    "unknown": ((by_value(2), by_value(3)), lambda _: False),
}


def points(axes: Sequence[Axis]) -> list[Point]:
    return list(product(*(range(axis.size) for axis in axes)))


def members(cell: Cell, axes: Sequence[Axis]) -> list[int]:
    """The numbers of the points in a cell."""
    inside = [all(v in s for v, s in zip(p, cell, strict=True)) for p in points(axes)]
    return [i for i, found in enumerate(inside) if found]


def sensitive(axes: Sequence[Axis], people: People, known: Known) -> Iterator[Cell]:
    """The cells, published or by subtraction, that hold few people, by counting each anew."""
    places = points(axes)
    for cell in product(*((*axis.views, *axis.derived) for axis in axes)):
        count = sum(people.get(places[i], 0) for i in members(cell, axes))
        if 0 < count < THRESHOLD and not known(cell):
            yield cell


def shown(axes: Sequence[Axis], found: Published, known: Known) -> list[Cell]:
    """The cells that an attacker knows: all of them even if they are known by name only."""
    every = product(*(axis.views for axis in axes))
    return [cell for cell in every if known(cell) or cell not in found.hidden]


def check(axes: Sequence[Axis], people: People, known: Known) -> None:
    places, found = points(axes), suppress(axes, people, THRESHOLD, known)
    truth = [people.get(place, 0) for place in places]
    told = set(shown(axes, found, known))
    given_away = set(filter(known, told))
    cells = [*sensitive(axes, people, known), *found.hidden]
    sought = [members(cell, axes) for cell in cells]
    before = spread(truth, [members(c, axes) for c in given_away], sought, THRESHOLD)
    after = spread(truth, [members(c, axes) for c in told], sought, THRESHOLD)
    for cell, most, left in zip(cells, before, after, strict=True):
        # What is suppressed to protect others holds no secret, but is not recovered either.
        few = 0 < sum(truth[i] for i in members(cell, axes)) < THRESHOLD
        assert left >= min(THRESHOLD if few else 1, most), (cell, people)


@pytest.mark.parametrize("name", TABLES)
@given(st.data())
@settings(max_examples=25)
def test_linear_programming_recovers_no_suppressed_count(name: str, data: st.DataObject) -> None:
    axes, known = TABLES[name]
    counts = data.draw(st.lists(COUNTS, min_size=len(points(axes)), max_size=len(points(axes))))
    check(axes, dict(zip(points(axes), counts, strict=True)), known)


def tables(total: int, size: int) -> Iterator[tuple[int, ...]]:
    """All tables of non-negative integers with a total."""
    if size == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in tables(total - first, size - 1):
            yield (first, *rest)


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6))
@settings(max_examples=15)
def test_an_attacker_who_tries_every_table_recovers_nothing(counts: list[int]) -> None:
    axes = (by_value(2), by_value(3))
    places = points(axes)
    known: Known = lambda cell: cell[1] == axes[1].every  # noqa: E731
    people = dict(zip(places, counts, strict=True))
    found = suppress(axes, people, THRESHOLD, known)

    def possible(cells: Sequence[Cell], cell: Cell) -> float:
        told = [members(c, axes) for c in cells]
        sums = [sum(counts[i] for i in numbers) for numbers in told]
        low, high = inf, -inf
        for table in tables(sum(counts), len(places)):
            if all(sum(table[i] for i in n) == s for n, s in zip(told, sums, strict=True)):
                value = sum(table[i] for i in members(cell, axes))
                low, high = min(low, value), max(high, value)
        return high - low

    every = [c for c in product(*(axis.views for axis in axes)) if known(c)]
    for cell in list(sensitive(axes, people, known))[:4]:
        before, after = possible(every, cell), possible(shown(axes, found, known), cell)
        assert after >= min(THRESHOLD, before), (cell, people)


def test_a_table_without_small_counts_is_published_as_it_is() -> None:
    axes = (by_value(2), by_value(2))
    people = {point: THRESHOLD + i for i, point in enumerate(points(axes))}
    found = suppress(axes, people, THRESHOLD)
    assert not found.hidden
    assert found.counts[axes[0].every, axes[1].every] == sum(people.values())


def test_zero_is_published_and_small_counts_are_not() -> None:
    axis = by_value(4)
    found = suppress((axis,), {(0,): 0, (1,): THRESHOLD - 1, (2,): 90, (3,): 70}, THRESHOLD)
    values = [found.number((frozenset({i}),)) for i in range(4)]
    # The second-smallest count goes with the small one, or their difference to the total tells.
    assert values == [0, None, 90, None]
    assert found.number((axis.every,)) == THRESHOLD - 1 + 160


def test_known_counts_are_never_suppressed() -> None:
    axes = (by_value(2), by_value(2))
    known: Known = lambda cell: cell[1] == axes[1].every  # noqa: E731
    found = suppress(axes, {(0, 0): 1, (1, 1): 2}, THRESHOLD, known)
    assert [found.number((frozenset({i}), axes[1].every)) for i in (0, 1)] == [1, 2]


@pytest.mark.parametrize("threshold", [1, 2, 10])
def test_the_threshold_is_the_smallest_count_that_is_published(threshold: int) -> None:
    axis = by_value(3)
    for count in range(12):
        found = suppress((axis,), {(0,): count, (1,): 50, (2,): 60}, threshold)
        assert (found.number((frozenset({0}),)) is None) == (0 < count < threshold)


def test_a_table_that_takes_too_long_is_suppressed_as_a_whole() -> None:
    axes = (by_value(20), by_value(9), by_value(3))
    people = {point: 1 + sum(point) % 3 for point in points(axes) if sum(point) % 2}
    known: Known = lambda cell: cell[0] == axes[0].every  # noqa: E731
    found = suppress(axes, people, THRESHOLD, known)
    for cell in product(*(axis.views for axis in axes)):
        assert (found.number(cell) is None) != known(cell)
