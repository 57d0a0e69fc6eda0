"""What one execution holds: objects that reached a scope, their answers and what failed."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from graphql.pyutils import Path

from erikti.executor.plans import FieldPlan, ScopePlan

# Where a value of a field belongs: which object of the scope, then indexes of lists.
Place = tuple[int, ...]


class Column:
    """The values of a field, one for each object of its run, or the items of these lists.

    ``starts`` says at which of the values each list of the ``outer`` column begins;
    ``holes``, whether some of the values are completed already, by null.
    """

    __slots__ = ("depth", "field", "holes", "outer", "run", "starts", "values")

    def __init__(
        self,
        run: "Run",
        field: FieldPlan,
        values: list[Any],
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
        """Where value ``n`` belongs."""
        if self.outer is None:
            return (n,)
        # Empty lists begin where the next one does: the last of these holds the item.
        owner = bisect_right(self.starts, n) - 1
        return (*self.outer.place(owner), n - self.starts[owner])

    def path(self, n: int) -> Path:
        """The response path of value ``n``."""
        return path_of(self.run, self.field, self.place(n))


class Run:
    """The objects that reached a scope in one execution, and their answers.

    ``kept`` are the numbers of the objects among the values of the column that they come
    from; None says that they are all of them.
    """

    __slots__ = ("answers", "column", "kept", "objects", "paths", "plan")

    def __init__(
        self,
        plan: ScopePlan,
        objects: list[Any],
        column: Column | None = None,
        kept: list[int] | None = None,
    ) -> None:
        self.plan = plan
        self.objects = objects
        self.column = column
        self.kept = kept
        self.answers: list[dict[str, Any]] = []
        self.paths: dict[int, Path | None] = {}

    def origin(self, n: int) -> int:
        """The number of object ``n`` among the values of its column."""
        return n if self.kept is None else self.kept[n]

    def path(self, n: int) -> Path | None:
        """The response path of object ``n``, None for the operation itself."""
        if n not in self.paths:
            found = None if self.column is None else self.column.path(self.origin(n))
            self.paths[n] = found
        return self.paths[n]

    def field_path(self, n: int, field: FieldPlan) -> Path:
        """The response path of a field of object ``n``."""
        return Path(self.path(n), field.key, self.plan.type.name)

    def order(self, n: int) -> tuple[int, ...]:
        """Where object ``n`` stands in the response, in the order of the document."""
        if self.column is None:
            return ()
        column = self.column
        owner, *indexes = column.place(self.origin(n))
        return (*column.run.order(owner), column.field.position, *indexes)


class Failure:
    """An error at a place of a field."""

    __slots__ = ("error", "field", "place", "run")

    def __init__(self, run: Run, field: FieldPlan, place: Place, error: Exception) -> None:
        self.run = run
        self.field = field
        self.place = place
        self.error = error

    def order(self) -> tuple[int, ...]:
        """Where it stands in the response, in the order of the document."""
        owner, *indexes = self.place
        return (*self.run.order(owner), self.field.position, *indexes)

    def path(self) -> Path:
        """The response path of the place."""
        return path_of(self.run, self.field, self.place)


def path_of(run: Run, field: FieldPlan, place: Place) -> Path:
    """The response path of a place of a field."""
    owner, *indexes = place
    path = run.field_path(owner, field)
    for index in indexes:
        path = path.add_key(index, None)
    return path


def ends_all(failure: Failure) -> bool:
    """Whether an error leaves null for the whole operation."""
    run, field, place = failure.run, failure.field, failure.place
    while all(field.required[: len(place)]):
        if run.column is None:
            return True
        place = run.column.place(run.origin(place[0]))
        field, run = run.column.field, run.column.run
    return False


def nulled(failure: Failure, propagate: bool) -> Path | None:
    """Put null where an error ends: at its place, or at the next one outside that allows it.

    Returns the path of that position, None for the operation itself.
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
    container: Any = run.answers[owner]
    for key in (field.key, *indexes[:-1]) if indexes else ():
        container = container[key]
        if container is None:
            return  # an error outside of it has put null already
    container[indexes[-1] if indexes else field.key] = None
