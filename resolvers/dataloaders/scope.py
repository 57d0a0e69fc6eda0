"""What one operation asks for, and for whom: all that its loaders have to know of it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Any

from tortoise.models import Model

from erikti.auth.principal import Principal
from erikti.database.connection import dialect
from resolvers.dataloaders.row_policy import RowPolicy
from resolvers.dataloaders.tables import Selection, table

Reading = tuple[type[Model], Hashable]
Columns = Mapping[str, Collection[str]]
# Takes points for what is done besides making the answer, and a text of what that is; raises
# an error where they are too many.
Spend = Callable[[int, str], Awaitable[None]]


class Needs:
    """What operations of one plan ask for: fields by GraphQL type, columns by model.

    It keeps the selections that come of it, since the same ones are needed every time.
    """

    def __init__(self, fields: Columns, columns: Columns) -> None:
        self.fields = fields
        self._columns = columns
        self._selections: dict[tuple[Any, ...], Selection] = {}

    def selection(self, model: type[Model], more: tuple[str, ...]) -> Selection:
        """The columns asked of a model, with those that the caller needs besides."""
        key = (model, more, dialect())
        found = self._selections.get(key)
        if found is None:
            columns = self._columns.get(model.__name__)
            found = table(model).selection(None if columns is None else {*columns, *more})
            self._selections[key] = found
        return found


class LoaderScope:
    """What one operation asks for: all there is, until that is known; the caller, and who pays."""

    def __init__(
        self, principal: Principal, purpose: str | None = None, spend: Spend | None = None
    ) -> None:
        self.needs: Needs | None = None
        self.spend = spend
        self.policy = RowPolicy(principal, purpose=purpose)
        #: How many records about people were read, by what they are and how they were found.
        self.read: Counter[Reading] = Counter()
        #: The keys of people whom lists told of that were asked by what tells who they are.
        self.persons: set[Any] = set()

    def count(self, model: type[Model], records: int, how: Hashable = None) -> None:
        """Count records about people; ``how`` is the filter of a list, None for those by key."""
        if records and self.policy.counts(model):
            self.read[model, how] += records

    def of(self, model: type[Model], *more: str) -> Selection:
        """The columns asked of a model, with those that the caller needs besides."""
        if self.needs is None:
            return table(model).selection()
        return self.needs.selection(model, more)
