"""Periods without records that a grouping shows as well: all that the filter's bounds enclose."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from erikti.database.calendar import calendar
from erikti.database.dialect import Truncation
from erikti.errors import BadUserInputError
from resolvers.dataloaders.listings import Comparison, Condition, Dimension, Every, Listing
from resolvers.filters import camel

MAX_PERIODS = 500
MONTHS = {Truncation.YEAR: 12, Truncation.QUARTER: 3, Truncation.MONTH: 1}


def periods_of(listing: Listing, keys: Sequence[str], condition: Condition) -> tuple[date, ...]:
    """Return the first days of the periods between the filter's bounds for the grouped date.

    Raises BadUserInputError unless ``keys`` have one date, and the filter both of its bounds.
    """
    dates = [d for d in (listing.dimensions[key] for key in keys) if d.truncation is not None]
    if len(dates) != 1:
        raise BadUserInputError("fill", "group by exactly one date to fill its periods")
    dimension = dates[0]
    first, last = (_bound(condition, dimension, operator) for operator in ("min", "max"))
    if first is None or last is None:
        name = camel(dimension.field)
        raise BadUserInputError("fill", f"give {name} a range with min and max in the filter")
    return tuple(_periods(dimension, first, last))


def _bound(condition: Condition, dimension: Dimension, operator: str) -> date | None:
    """Return the narrowest bound that all records meet."""
    if isinstance(condition, Every):
        found = [_bound(part, dimension, operator) for part in condition.conditions]
        known = [day for day in found if day is not None]
        narrowest = max if operator == "min" else min
        return narrowest(known) if known else None
    if dimension.steps or not isinstance(condition, Comparison):
        return None
    if condition.field != dimension.field or condition.operator not in (operator, "eq"):
        return None
    value: date = condition.value
    return calendar().local(value).date() if isinstance(value, datetime) else value


def _periods(dimension: Dimension, first: date, last: date) -> list[date]:
    unit = dimension.truncation
    assert unit is not None
    found: list[date] = []
    day = _start(unit, first)
    while day <= last:
        found.append(day)
        if len(found) > MAX_PERIODS:
            raise BadUserInputError("fill", f"at most {MAX_PERIODS} periods; narrow the range")
        try:
            day = _next(unit, day)
        except (OverflowError, ValueError):
            break  # the year 9999 has ended
    return found


def _start(unit: Truncation, day: date) -> date:
    if unit not in MONTHS:
        return day - timedelta(days=day.weekday())
    months = MONTHS[unit]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _next(unit: Truncation, day: date) -> date:
    if unit not in MONTHS:
        return day + timedelta(days=7)
    month = day.month + MONTHS[unit]
    return day.replace(year=day.year + (month > 12), month=month - 12 if month > 12 else month)
