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
from math import prod
from operator import mul
from typing import NamedTuple

Values = frozenset[int]
Cell = tuple[Values, ...]
Point = tuple[int, ...]
# Smaller counts are suppressed, unless the operator sets another number.
THRESHOLD = 5
# How many values of each axis are tried for a move, first and at most.
TRIED = (3, 8)
# Moves that are tried for a table; one that takes more is suppressed as a whole.
MOST_MOVES = 30_000


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
        if table.moves > MOST_MOVES:
            table.hidden |= {cell for cell in published if not known(cell)}
            break
    return Published({c: n for c, n in table.counts.items() if c in published}, table.all_hidden)


class _Move(NamedTuple):
    """A change of a table: by how much a cell can differ, and which published cells change.

    The cell can rise by ``gain``, as far as the points ``givers`` have people.
    """

    width: int
    gain: int
    givers: list[int]
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
        self._threshold = threshold
        self._is_known = cache(known)
        # The points by number: the values of the last axis follow one another.
        sizes = [axis.size for axis in axes]
        self._strides = [prod(sizes[i + 1 :]) for i in range(len(sizes))]
        self._numbers = [0] * prod(sizes)
        for point, count in people.items():
            self._numbers[sum(map(mul, point, self._strides))] += count
        self._changed = cache(self._changes)
        self.moves = 0
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
        narrow = self._narrow(cell)
        for size, most in product(range(len(narrow), 0, -1), TRIED):
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
        for size in range(len(narrow), 0, -1):
            for move in self._moves(cell, combinations(narrow, size), None):
                self.hidden.update(move.cells)

    def _together(self, moves: Iterable[_Move]) -> list[_Move]:
        """Return moves by which a cell can rise enough, one after another; none if it cannot."""
        found, used, gain = [], set[int](), 0
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

    def _outside(self, cell: Cell, i: int) -> list[int]:
        """Return the values of an axis outside a cell: first those whose loss is small."""
        found = {}
        for value in self._axes[i].every - cell[i]:
            other = self._at(cell, i, value)
            count = self.counts.get(other, 0)
            found[value] = (count < self._threshold, other not in self.hidden, count, value)
        return sorted(found, key=found.__getitem__)

    def _inside(self, cell: Cell, i: int) -> list[int]:
        return sorted(cell[i], key=lambda v: -self.counts.get(self._at(cell, i, v), 0))

    def _at(self, cell: Cell, i: int, value: int) -> Cell:
        """Return a cell with one value on an axis."""
        return (*cell[:i], frozenset({value}), *cell[i + 1 :])

    def _move(self, chosen: Sequence[tuple[int, ...]]) -> _Move | None:
        """Return the move that exchanges people between pairs of values; None if known."""
        self.moves += 1
        takers, givers = [0], list[int]()
        for stride, values in zip(self._strides, chosen, strict=True):
            here = values[0] * stride
            if len(values) == 1:
                takers, givers = [p + here for p in takers], [p + here for p in givers]
                continue
            there = values[1] * stride
            takers, givers = (
                [p + here for p in takers] + [p + there for p in givers],
                [p + there for p in takers] + [p + here for p in givers],
            )
        gain = min(map(self._numbers.__getitem__, givers))
        width = gain + min(map(self._numbers.__getitem__, takers))
        if not width:
            return None
        cells = tuple(product(*map(self._changed, range(len(chosen)), chosen)))
        if any(map(self._is_known, cells)):
            return None
        loss = sum(1 + self.counts.get(cell, 0) for cell in cells if cell not in self.hidden)
        return _Move(width, gain, givers, loss, cells)

    def _changes(self, i: int, values: tuple[int, ...]) -> list[Values]:
        """Return the views of an axis that hold one of two values, or the only value."""
        return [view for view in self._axes[i].views if len(view.intersection(values)) == 1]
