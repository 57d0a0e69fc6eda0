"""The scope of one operation's loaders: the requested columns, the caller and the cost sink."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping

from tortoise.models import Model

from erikti.auth.principal import Principal
from erikti.database.connection import dialect
from resolvers.dataloaders.row_policy import RowPolicy
from resolvers.dataloaders.suppression import THRESHOLD
from resolvers.dataloaders.tables import Selection, table

Reading = tuple[type[Model], Hashable]
Columns = Mapping[str, Collection[str]]
# Charges points for additional work, with a reason; raises an error if the limit is exceeded.
Spend = Callable[[int, str], Awaitable[None]]


class Needs:
    """The needs of operations with one plan: fields by GraphQL type, columns by model.

    Selections are cached, since every operation of the plan needs the same ones.
    """

    def __init__(self, fields: Columns, columns: Columns) -> None:
        self.fields = fields
        self._columns = columns
        self._selections: dict[tuple[object, ...], Selection] = {}

    def selection(self, model: type[Model], more: tuple[str, ...]) -> Selection:
        """Return the selection of a model's requested columns and the columns ``more``."""
        key = (model, more, dialect())
        found = self._selections.get(key)
        if found is None:
            columns = self._columns.get(model.__name__)
            found = table(model).selection(None if columns is None else {*columns, *more})
            self._selections[key] = found
        return found


class LoaderScope:
    """The scope of one operation; it requests all columns until its needs are known."""

    def __init__(
        self,
        principal: Principal,
        purpose: str | None = None,
        spend: Spend | None = None,
        threshold: int = THRESHOLD,
    ) -> None:
        self.needs: Needs | None = None
        self.spend = spend
        #: Smaller counts of people are suppressed for callers who may not list them.
        self.threshold = threshold
        self.policy = RowPolicy(principal, purpose=purpose)
        #: Numbers of records about people that were read, by model and filter.
        self.read: Counter[Reading] = Counter()
        #: Keys whose records the database has written and that are in ``read``, by their loader.
        self.written: dict[Hashable, set[str]] = {}
        #: IDs of people in pages that were filtered or ordered by an identifying field.
        self.persons: set[object] = set()

    def count(self, model: type[Model], records: int, how: Hashable = None) -> None:
        """Count records about people; ``how`` is the filter of a list, None if read by key."""
        if records and self.policy.is_recorded(model):
            self.read[model, how] += records

    def of(self, model: type[Model], *more: str) -> Selection:
        """Return the selection of a model's requested columns and the columns ``more``."""
        if self.needs is None:
            return table(model).selection()
        return self.needs.selection(model, more)
