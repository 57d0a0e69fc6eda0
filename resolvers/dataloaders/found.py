"""What loaders find, declared as values: statements of other kinds are made from them too.

A domain's code names a declaration, and an operation's ``Loaders`` finds or creates its loader:
``loaders.of(OneBy(Region, "code"))``.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic

from erikti.database.snapshots import Query
from models.columns import ColumnOf, M
from resolvers.dataloaders.listings import ANY, Condition, Link
from resolvers.dataloaders.loading import (
    Found,
    Loader,
    V,
    load_all,
    load_one,
    load_rows,
    load_sums,
    load_values,
)
from resolvers.dataloaders.row_policy import RowPolicy
from resolvers.dataloaders.scope import LoaderScope


@dataclass(frozen=True)
class OneBy(Found[M | None], Generic[M]):
    """The record whose unique column holds the key, None if there is none.

    ``also`` returns a condition besides those under which the caller sees records of the model.
    """

    model: type[M]
    column: ColumnOf[M]
    also: Callable[[RowPolicy], Condition] | None = None

    def loader(self, scope: LoaderScope) -> Loader[M | None]:
        """Create its loader for an operation."""
        also = ANY if self.also is None else self.also(scope.policy)
        load = partial(load_one, scope, self.model, self.column, also=also)
        return Loader(load, known={None: None})


@dataclass(frozen=True)
class AllOf(Found[list[M]], Generic[M]):
    """All records of a small table, at most ``most``, in an order; the key is ignored.

    The columns ``more`` are always read.
    """

    model: type[M]
    order: ColumnOf[M]
    most: int
    more: tuple[ColumnOf[M], ...] = ()

    def loader(self, scope: LoaderScope) -> Loader[list[M]]:
        """Create its loader for an operation."""
        return Loader(partial(load_all, scope, self.model, self.order, self.more))


@dataclass(frozen=True)
class RowsBy(Found[list[M]], Generic[M]):
    """The few records whose column holds the key, by their own key."""

    model: type[M]
    column: ColumnOf[M]

    def loader(self, scope: LoaderScope) -> Loader[list[M]]:
        """Create its loader for an operation."""
        return Loader(partial(load_rows, scope, self.model, self.column))


@dataclass(frozen=True)
class ValuesBy(Found[list[object]]):
    """The values that a link table relates to the key, in order."""

    link: Link

    def loader(self, scope: LoaderScope) -> Loader[list[object]]:
        """Create its loader for an operation."""
        return Loader(partial(load_values, self.link))


@dataclass(frozen=True)
class SumBy(Found[object], Generic[M]):
    """The sum of a measure over the records whose column holds the key."""

    model: type[M]
    column: ColumnOf[M]
    measure: ColumnOf[M]

    def loader(self, scope: LoaderScope) -> Loader[object]:
        """Create its loader for an operation."""
        return Loader(partial(load_sums, scope, self.model, self.column, self.measure))


@dataclass(frozen=True)
class LoadedBy(Found[V]):
    """What a function loads by key, which is no row or not by one column."""

    load: Callable[[LoaderScope, list[Any]], Query[Sequence[V]] | Awaitable[Sequence[V]]]

    def loader(self, scope: LoaderScope) -> Loader[V]:
        """Create its loader for an operation."""
        return Loader(partial(self.load, scope))
