"""The state of one execution: the objects of each scope, their outputs and the failures."""

from bisect import bisect_right
from collections.abc import Sequence

from graphql.pyutils import Path

from erikti.executor.plans import FieldPlan, ScopePlan

# The position of a field's value: the index of its object in the run, then list indexes.
Place = tuple[int, ...]


class Column:
    """The values of a field, one for each object of its run, or the items of these lists.

    ``starts`` are the positions at which the lists of the ``outer`` column start; ``holes`` is
    true if some values are already null.
    """

    __slots__ = ("depth", "field", "holes", "outer", "run", "starts", "values")

    def __init__(
        self,
        run: "Run",
        field: FieldPlan,
        values: Sequence[object],
        outer: "Column | None" = None,
        starts: Sequence[int] = (),
    ) -> None:
        self.run = run
        self.field = field
        self.values = values
        self.outer = outer
        self.starts = starts
        self.holes = False
        self.depth: int = 0 if outer is None else outer.depth + 1

    def place(self, n: int) -> Place:
        """Return the position of value ``n`` in the run."""
        if self.outer is None:
            return (n,)
        # An empty list starts where the next one does, so the last of them has the item.
        owner = bisect_right(self.starts, n) - 1
        return (*self.outer.place(owner), n - self.starts[owner])

    def path(self, n: int) -> Path:
        """Return the response path of value ``n``."""
        return path_of(self.run, self.field, self.place(n))


class Run:
    """The objects of a scope in one execution, and their outputs.

    ``positions`` are the indexes of the objects in the column that they come from; None means all.
    """

    __slots__ = ("column", "objects", "outputs", "paths", "plan", "positions")

    def __init__(
        self,
        plan: ScopePlan,
        objects: list[object],
        column: Column | None = None,
        positions: list[int] | None = None,
    ) -> None:
        self.plan = plan
        self.objects = objects
        self.column = column
        self.positions = positions
        self.outputs: list[dict[str, object]] = []
        self.paths: dict[int, Path | None] = {}

    def origin(self, n: int) -> int:
        """Return the position of object ``n`` in its column."""
        return n if self.positions is None else self.positions[n]

    def path(self, n: int) -> Path | None:
        """Return the response path of object ``n``, or None for the root."""
        if n not in self.paths:
            found = None if self.column is None else self.column.path(self.origin(n))
            self.paths[n] = found
        return self.paths[n]

    def field_path(self, n: int, field: FieldPlan) -> Path:
        """Return the response path of a field of object ``n``."""
        return Path(self.path(n), field.key, self.plan.type.name)

    def order(self, n: int) -> tuple[int, ...]:
        """Return a key that sorts object ``n`` in document order."""
        if self.column is None:
            return ()
        column = self.column
        owner, *indexes = column.place(self.origin(n))
        return (*column.run.order(owner), column.field.position, *indexes)


class Failure:
    """An error at a position of a field."""

    __slots__ = ("error", "field", "place", "run")

    def __init__(self, run: Run, field: FieldPlan, place: Place, error: Exception) -> None:
        self.run = run
        self.field = field
        self.place = place
        self.error = error

    def order(self) -> tuple[int, ...]:
        """Return a key that sorts failures in document order."""
        owner, *indexes = self.place
        return (*self.run.order(owner), self.field.position, *indexes)

    def path(self) -> Path:
        """Return the response path of the position."""
        return path_of(self.run, self.field, self.place)


def path_of(run: Run, field: FieldPlan, place: Place) -> Path:
    """Return the response path of a position of a field."""
    owner, *indexes = place
    path = run.field_path(owner, field)
    for index in indexes:
        path = path.add_key(index, None)
    return path


def ends_all(failure: Failure) -> bool:
    """Return whether an error makes the whole operation null."""
    run, field, place = failure.run, failure.field, failure.place
    while all(field.required[: len(place)]):
        if run.column is None:
            return True
        place = run.column.place(run.origin(place[0]))
        field, run = run.column.field, run.column.run
    return False


def nulled(failure: Failure, propagate: bool) -> Path | None:
    """Set null at the error's position, or at the nearest enclosing nullable one.

    Returns the path of that position, or None for the root.
    """
    run, field, place = failure.run, failure.field, failure.place
    while True:
        if not (propagate and field.required[len(place) - 1]):
            _put_null(run, field, place)
            return path_of(run, field, place)
        if len(place) > 1:
            place = place[:-1]
            continue
        if run.column is None:
            return None
        place = run.column.place(run.origin(place[0]))
        field, run = run.column.field, run.column.run


def _put_null(run: Run, field: FieldPlan, place: Place) -> None:
    owner, *indexes = place
    output = run.outputs[owner]
    if not indexes:
        output[field.key] = None
        return
    *above, last = indexes
    items = output[field.key]
    for index in above:
        if not isinstance(items, list):
            return  # an enclosing error has set null already
        items = items[index]
    if isinstance(items, list):
        items[last] = None
