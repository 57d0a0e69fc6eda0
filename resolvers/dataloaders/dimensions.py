"""Dimensions in SQL: the columns that they read, and the tables that lead to these."""

from collections.abc import Collection
from datetime import date

from tortoise.fields import DateField, DatetimeField, Field
from tortoise.models import Model

from erikti.database.calendar import calendar
from models.people import AgeBand, Person
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.listings import LISTINGS, Dimension, Link, Listing
from resolvers.dataloaders.tables import column_of, related, table


def models_of(listing: Listing, dimension: Dimension) -> list[type[Model]]:
    """Return the models that lead to a dimension's field; the last one has the field."""
    found = [listing.model]
    for step in dimension.steps:
        target = related(found[-1], step)
        assert target is not None
        found.append(target)
    return found


def link_of(listing: Listing, dimension: Dimension) -> Link | None:
    """Return the link table of a multi-valued dimension, None for others."""
    holder = LISTINGS.get(models_of(listing, dimension)[-1])
    return holder.tags.get(dimension.field) if holder else None


def field_of(listing: Listing, dimension: Dimension) -> Field[object]:
    """Return the model's field that has a dimension's values."""
    if link := link_of(listing, dimension):
        return table(link.model).field(link.value)
    model = models_of(listing, dimension)[-1]
    return table(model).field(column_of(model, dimension.field))


def target_of(listing: Listing, dimension: Dimension) -> type[Model] | None:
    """Return the model that a dimension's keys refer to, or None if they are plain values."""
    if link := link_of(listing, dimension):
        return related(link.model, link.value.removesuffix("_id"))
    return related(models_of(listing, dimension)[-1], dimension.field)


def is_personal(listing: Listing, dimension: Dimension) -> bool:
    """Return whether a dimension's values are personal data."""
    return models_of(listing, dimension)[-1] is Person


def this_year() -> int:
    """Return the present year, in which ages are counted."""
    return calendar().today().year


class Keys:
    """The expressions of dimensions, and the FROM clause that they need.

    ``rows`` has the records, or a rollup of them, under the alias ``t``; ``tied`` says whether it
    is a rollup that has the values of the link table itself, and ``held`` names the columns of
    a related record that it has.
    """

    def __init__(
        self,
        listing: Listing,
        statement: Statement,
        rows: str,
        tied: bool,
        held: Collection[str] = (),
    ) -> None:
        self.rows = rows
        self._listing = listing
        self._statement = statement
        self._tied = tied
        self._held = held
        self._aliases: dict[tuple[str, ...], str] = {(): "t"}

    def expression(self, dimension: Dimension) -> str:
        """Return the SQL of a dimension's keys."""
        columns = [self._column(each) for each in dimension.alternatives]
        column = columns[0] if len(columns) == 1 else f"coalesce({', '.join(columns)})"
        if dimension.bands:
            return self._bands(column)
        if dimension.truncation is None:
            return column
        instant = isinstance(field_of(self._listing, dimension), DatetimeField)
        return self._statement.dialect.truncate(dimension.truncation, column, instant)

    def _column(self, dimension: Dimension) -> str:
        models = models_of(self._listing, dimension)
        if link := link_of(self._listing, dimension):
            return self._tag(dimension, link, models)
        held = dimension.steps and dimension.field in self._held
        alias = "t" if held else self._alias(dimension.steps, models)
        return f"{alias}.{column_of(models[-1], dimension.field)}"

    def _bands(self, column: str) -> str:
        """Return the first age of a birth date's band: the age that is reached this year."""
        year, cases = this_year(), []
        older = list(AgeBand)[1:]
        for band, following in zip(AgeBand, older, strict=False):
            born = self._statement.value(DateField(), date(year - following.youngest + 1, 1, 1))
            cases.append(f"WHEN {column} >= {born} THEN {band.youngest}")
        oldest = f"WHEN {column} IS NOT NULL THEN {older[-1].youngest}"
        return f"CASE {' '.join(cases)} {oldest} END"

    def _tag(self, dimension: Dimension, link: Link, models: list[type[Model]]) -> str:
        if not dimension.steps and self._tied:
            return f"t.{link.value}"
        owner = f"t.{table(models[0]).key}"
        if dimension.steps:
            # The key of the record that has the values is in the one before it.
            before = self._alias(dimension.steps[:-1], models)
            owner = f"{before}.{column_of(models[-2], dimension.steps[-1])}"
        alias = f"d_{dimension.name}"
        self.rows += f" JOIN {table(link.model).name} {alias} ON {alias}.{link.owner} = {owner}"
        return f"{alias}.{link.value}"

    def _alias(self, steps: tuple[str, ...], models: list[type[Model]]) -> str:
        """Return the alias of the record that relations lead to, joined once."""
        if steps not in self._aliases:
            before = self._alias(steps[:-1], models)
            target = table(models[len(steps)])
            column = column_of(models[len(steps) - 1], steps[-1])
            alias = f"j_{'_'.join(steps)}"
            on = f"{alias}.{target.key} = {before}.{column}"
            self.rows += f" LEFT JOIN {target.name} {alias} ON {on}"
            self._aliases[steps] = alias
        return self._aliases[steps]
