"""Measures: the values that groups aggregate, in units of the database and of callers."""

from decimal import Decimal
from typing import Any

from erikti.database.fields import FixedPoint
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.listings import Aggregate, Listing
from resolvers.dataloaders.tables import column_of, table

HOUR = 3_600
DURATION_DIGITS = 2
AVERAGE_DIGITS = 4  # decimals of an average beyond those of the values
# The rank of a quantile among ``n`` values in ascending order.
RANKS = {"median": "({n} + 1) / 2", "p90": "(9 * {n} + 9) / 10"}


def value_of(listing: Listing, statement: Statement, measure: str) -> str:
    """Return the SQL of a measure's value in a record; it can be NULL."""
    if duration := listing.duration(measure):
        return statement.dialect.seconds(f"t.{duration.start}", f"t.{duration.end}")
    return f"t.{column_of(listing.model, measure)}"


def unit_of(listing: Listing, measure: str) -> int:
    """Return the number of the database's units in one of a caller: tenths or seconds, say."""
    return HOUR if listing.duration(measure) else 10 ** _places(listing, measure)


def number_of(listing: Listing, aggregate: Aggregate, value: Any) -> Decimal | None:
    """Convert an aggregate to the caller's unit, averages with more decimals than values."""
    measure = aggregate.measure
    if value is None or measure is None:
        return None
    if listing.duration(measure):
        digits = DURATION_DIGITS
    else:
        more = AVERAGE_DIGITS if aggregate.function == "avg" else 0
        digits = _places(listing, measure) + more
    return round(Decimal(str(value)) / unit_of(listing, measure), digits)


def _places(listing: Listing, measure: str) -> int:
    field = table(listing.model).field(measure)
    return field.places if isinstance(field, FixedPoint) else 0
