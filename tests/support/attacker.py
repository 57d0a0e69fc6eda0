"""An attacker who knows linear equations of counts, and what they leave open."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

Row = list[Fraction]


def spread(
    truth: Sequence[int],
    equations: Iterable[Sequence[int]],
    sought: Iterable[Sequence[int]],
    enough: int,
) -> list[int]:
    """Return by how much each sum of counts may vary: the attacker's intervals.

    ``truth`` are the real counts and ``equations`` the sets of counts whose sums are known. The
    attacker also knows that no count is negative. Exact linear programming, which ends once an
    interval is wide ``enough``.
    """
    free = _null_space(list(equations), len(truth))
    found = []
    for members in sought:
        gain = [sum((vector[i] for i in members), Fraction()) for vector in free]
        width = _most(truth, free, gain, enough)
        if width < enough:
            width += _most(truth, free, [-g for g in gain], enough)
        found.append(int(width))
    return found


def _null_space(equations: Sequence[Sequence[int]], size: int) -> list[Row]:
    """Return a basis of the changes that no equation shows, by Gaussian elimination."""
    rows = [[Fraction(int(i in members)) for i in range(size)] for members in equations]
    pivots: list[int] = []
    for column in range(size):
        done = len(pivots)
        found = next((r for r in range(done, len(rows)) if rows[r][column]), None)
        if found is None:
            continue
        rows[done], rows[found] = rows[found], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for r, row in enumerate(rows):
            if r != done and row[column]:
                rows[r] = _less(row, rows[done], row[column])
        pivots.append(column)
    basis = []
    for column in set(range(size)) - set(pivots):
        vector = [Fraction(int(i == column)) for i in range(size)]
        for row, pivot in zip(rows, pivots, strict=False):
            vector[pivot] = -row[column]
        basis.append(vector)
    return basis


def _most(truth: Sequence[int], free: Sequence[Row], gain: Row, enough: int) -> Fraction:
    """Return how far the sum can rise above its real value: the simplex method, Bland's rule.

    The real counts are a feasible point, so the slack variables are a basis to begin with.
    """
    table = [
        [*(-v[i] for v in free), *(v[i] for v in free), *_unit(i, len(truth)), Fraction(count)]
        for i, count in enumerate(truth)
    ]
    objective = [*(-g for g in gain), *gain, *[Fraction()] * (len(truth) + 1)]
    basis = [2 * len(free) + i for i in range(len(truth))]
    # A change along one vector, up or down, is a column.
    while (entering := next((j for j, c in enumerate(objective[:-1]) if c < 0), None)) is not None:
        rows = [i for i, row in enumerate(table) if row[entering] > 0]
        if not rows:
            return Fraction(enough)  # no total bounds it
        leaving = min(rows, key=lambda i: (table[i][-1] / table[i][entering], basis[i]))
        basis[leaving] = entering
        pivot = table[leaving][entering]
        table[leaving] = [value / pivot if value else value for value in table[leaving]]
        for i, row in enumerate(table):
            if i != leaving and row[entering]:
                table[i] = _less(row, table[leaving], row[entering])
        objective = _less(objective, table[leaving], objective[entering])
        if objective[-1] >= enough:
            break
    return objective[-1]


def _unit(i: int, size: int) -> Row:
    return [Fraction(int(i == j)) for j in range(size)]


def _less(row: Row, other: Row, factor: Fraction) -> Row:
    return [a - factor * b if b else a for a, b in zip(row, other, strict=True)]
