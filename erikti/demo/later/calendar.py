"""Days after the publication, and how many records of a kind each of them has."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import accumulate

from erikti.demo.nation import PUBLISHED_ON, Nation

FIRST_YEAR = PUBLISHED_ON.year + 1
# Spring and autumn campaigns; July and August are quiet.
MONTH_WEIGHTS = (0.7, 0.9, 1.2, 1.3, 1.2, 0.8, 0.5, 0.6, 1.3, 1.4, 1.1, 1.0)
WEEKEND_WEIGHT = 0.4
VOLUNTEER_DAY = (12, 5)  # the International Volunteer Day
VOLUNTEER_DAY_WEIGHT = 6.0


def day_weight(day: date) -> float:
    """Return the weight of a day among those of its year."""
    if (day.month, day.day) == VOLUNTEER_DAY:
        return VOLUNTEER_DAY_WEIGHT
    return MONTH_WEIGHTS[day.month - 1] * (WEEKEND_WEIGHT if day.weekday() >= 5 else 1.0)


def years(nation: Nation) -> range:
    """Return the years since the publication; the first days of the last one may be all."""
    return range(FIRST_YEAR, nation.today.year + 1)


def days(nation: Nation) -> Iterator[date]:
    """Yield the days of these years up to today."""
    first = date(FIRST_YEAR, 1, 1)
    return (first + timedelta(n) for n in range((nation.today - first).days + 1))


def upto(day: date, whole: int) -> int:
    """Return how many of the ``whole`` records of a year it has by the end of a day."""
    return round(whole * _shares(day.year)[day.timetuple().tm_yday - 1])


def of_day(day: date, whole: int) -> int:
    """Return how many of the ``whole`` records of a year are of one day."""
    before = 0 if (day.month, day.day) == (1, 1) else upto(day - timedelta(1), whole)
    return upto(day, whole) - before


@cache
def _shares(year: int) -> list[float]:
    first = date(year, 1, 1)
    size = (date(year + 1, 1, 1) - first).days
    weights = list(accumulate(day_weight(first + timedelta(n)) for n in range(size)))
    return [weight / weights[-1] for weight in weights]
