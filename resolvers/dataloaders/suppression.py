"""Suppression of small counts of people, so that no subtraction of other counts recovers them.

A table counts people by several axes and is published at a closed list of cells: one for each
combination of the axes' views. All that a caller can request is computed from those cells, so
one decision for the whole table holds for every request.

A small cell is protected by a move: another table, equal in every published count, in which
the cell holds another number. All cells that the move changes are suppressed with it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, product
from typing import NamedTuple

Values = frozenset[int]
Cell = tuple[Values, ...]
Point = tuple[int, ...]
# Alternatives that are tried first for each axis of a move.
NEAR = 3


@dataclass(frozen=True)
class Axis:
    """An axis with the values 0 to ``size`` - 1.

    ``views`` are the sets of values at which counts are published. ``derived`` are sets that
    are not, but whose counts are differences of published ones.
    """

    size: int
    views: tuple[Values, ...]
    derived: tuple[Values, ...] = ()

    @cached_property
    def every(self) -> Values:
        """Return the set of all values."""
        return frozenset(range(self.size))


def by_value(size: int) -> Axis:
    """Return an axis that is published value by value and as a whole."""
    whole = frozenset(range(size))
    singles = tuple(frozenset({value}) for value in range(size))
    return Axis(size, (whole, *singles) if size > 1 else (whole,))


def by_part(size: int, part: Values) -> Axis:
    """Return an axis that is published as a whole and for one part; the rest is derived."""
    whole = frozenset(range(size))
    return Axis(size, (whole, part), (whole - part,))


def by_prefix(size: int) -> Axis:
    """Return an axis that is published from its start to each value, as by the end of years."""
    spans = {(i, j): frozenset(range(i, j)) for j in range(1, size + 1) for i in range(j)}
    return Axis(
        size,
        tuple(spans[0, j] for j in range(1, size + 1)),
        tuple(span for (i, _), span in spans.items() if i),
    )


class Published(NamedTuple):
    """The counts of a table, and those of its published cells that are suppressed."""

    counts: Mapping[Cell, int]
    hidden: frozenset[Cell]

    def number(self, cell: Cell) -> int | None:
        """Return the count of a published cell; None if it is suppressed."""
        return None if cell in self.hidden else self.counts.get(cell, 0)


def suppress(
    axes: Sequence[Axis],
    people: Mapping[Point, int],
    threshold: int,
    known: Callable[[Cell], bool] = lambda _: False,
) -> Published:
    """Return what may be published of a table: ``people`` by their values on the axes.

    Counts from 1 to ``threshold`` - 1 are suppressed, and as many others as their protection
    takes: each small cell can hold numbers that differ by the threshold, as far as the known
    cells allow. ``known`` are those that callers know from elsewhere; they are neither
    suppressed nor protected.
    """
    table = _Table(axes, people, threshold, known)
    small = [cell for cell, count in table.counts.items() if 0 < count < threshold]
    small = [cell for cell in small if not known(cell)]
    published = set(product(*(axis.views for axis in axes)))
    table.hidden |= published.intersection(small)
    for cell in sorted(small, key=table.rank):
        table.protect(cell)
    return Published({c: n for c, n in table.counts.items() if c in published}, table.all_hidden)


class _Move(NamedTuple):
    """A change of a table: by how much a cell can differ, and which published cells change.

    The cell can rise by ``gain``, as far as the points ``givers`` have people.
    """

    width: int
    gain: int
    givers: list[Point]
    loss: int
    cells: tuple[Cell, ...]


class _Table:
    """A table with the cells that are suppressed so far."""

    def __init__(
        self,
        axes: Sequence[Axis],
        people: Mapping[Point, int],
        threshold: int,
        known: Callable[[Cell], bool],
    ) -> None:
        self._axes = axes
        self._people = people
        self._threshold = threshold
        self._known = known
        self._changed = cache(self._changes)
        self.hidden: set[Cell] = set()
        self.counts: dict[Cell, int] = {}
        among = [
            [[s for s in (*axis.views, *axis.derived) if v in s] for v in range(axis.size)]
            for axis in axes
        ]
        for point, count in people.items():
            for cell in product(*(sets[v] for sets, v in zip(among, point, strict=True))):
                self.counts[cell] = self.counts.get(cell, 0) + count

    @property
    def all_hidden(self) -> frozenset[Cell]:
        """Return the suppressed cells."""
        return frozenset(self.hidden)

    def rank(self, cell: Cell) -> tuple[int, list[list[int]]]:
        """Return the place of a cell: coarse ones first, then in the order of their values."""
        return len(self._narrow(cell)), [sorted(values) for values in cell]

    def protect(self, cell: Cell) -> None:
        """Suppress the cells of the moves that protect a cell at the least loss.

        A move along fewer axes changes coarser cells, which are worth more, so it is the
        second choice. If not even several moves suffice, the cells of all are suppressed.
        """
        narrow, every = self._narrow(cell), set[Cell]()
        for size, most in product(range(len(narrow), 0, -1), (NEAR, None)):
            moves: list[_Move] = []
            for move in self._moves(cell, combinations(narrow, size), most):
                if move.width >= self._threshold and not move.loss:
                    return
                moves.append(move)
            wide = [move for move in moves if move.width >= self._threshold]
            found = [min(wide, key=lambda move: move.loss)] if wide else self._together(moves)
            if found:
                self.hidden.update(*(move.cells for move in found))
                return
            every.update(*(move.cells for move in moves))
        self.hidden |= every

    def _together(self, moves: Iterable[_Move]) -> list[_Move]:
        """Return moves by which a cell can rise enough, one after another; none if it cannot."""
        found, used, gain = [], set[Point](), 0
        rising = [move for move in moves if move.gain]
        for move in sorted(rising, key=lambda move: move.loss / move.gain):
            if used.isdisjoint(move.givers):
                found.append(move)
                used.update(move.givers)
                gain += move.gain
            if gain >= self._threshold:
                return found
        return []

    def _narrow(self, cell: Cell) -> list[int]:
        """Return the axes on which a cell is not the whole."""
        return [i for i, axis in enumerate(self._axes) if cell[i] != axis.every]

    def _moves(
        self, cell: Cell, axes: Iterable[tuple[int, ...]], most: int | None
    ) -> Iterator[_Move]:
        """Yield the moves along some axes that change a cell and no known one.

        ``most`` limits the values of each axis to the first ones.
        """
        inside = [self._inside(cell, i)[:most] for i in range(len(cell))]
        outside = [self._outside(cell, i)[:most] for i in range(len(cell))]
        for turned in axes:
            choices = [
                list(product(here, outside[i])) if i in turned else [(u,) for u in here]
                for i, here in enumerate(inside)
            ]
            for chosen in product(*choices):
                if (move := self._move(chosen)) is not None:
                    yield move

    def _inside(self, cell: Cell, i: int) -> list[int]:
        return sorted(cell[i], key=lambda value: -self._with(cell, i, value))

    def _outside(self, cell: Cell, i: int) -> list[int]:
        """Return the values of an axis outside a cell: first those whose loss is small."""
        found = {v: self._with(cell, i, v) for v in self._axes[i].every - cell[i]}
        return sorted(found, key=lambda v: (found[v] < self._threshold, found[v], v))

    def _with(self, cell: Cell, i: int, value: int) -> int:
        """Return the count of a cell with one value on an axis; 0 if it is not published."""
        return self.counts.get((*cell[:i], frozenset({value}), *cell[i + 1 :]), 0)

    def _move(self, chosen: Sequence[tuple[int, ...]]) -> _Move | None:
        """Return the move that exchanges people between pairs of values; None if known."""
        limits, givers = [-1, -1], []
        for places in product(*(range(len(values)) for values in chosen)):
            point = tuple(v[p] for v, p in zip(chosen, places, strict=True))
            count, sign = self._people.get(point, 0), sum(places) % 2
            if sign:
                givers.append(point)
            limits[sign] = count if limits[sign] < 0 else min(limits[sign], count)
        if not (width := sum(limits)):
            return None
        cells = tuple(product(*map(self._changed, range(len(chosen)), chosen)))
        if any(map(self._known, cells)):
            return None
        loss = sum(1 + self.counts.get(cell, 0) for cell in cells if cell not in self.hidden)
        return _Move(width, limits[1], givers, loss, cells)

    def _changes(self, i: int, values: tuple[int, ...]) -> list[Values]:
        """Return the views of an axis that hold one of two values, or the only value."""
        return [view for view in self._axes[i].views if len(view.intersection(values)) == 1]
