"""Growth of the registry: dates of registration."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate

from erikti.demo.nation import TODAY

FIRST_DAY = date(2020, 1, 6)
YEARS = range(2020, 2026)
# Each year's share of all volunteers, in per cent.
YEAR_SHARES = {2020: 8, 2021: 11, 2022: 15, 2023: 18, 2024: 22, 2025: 26}
# Spring and autumn campaigns; July and August are quiet.
MONTH_WEIGHTS = (0.7, 0.9, 1.2, 1.3, 1.2, 0.8, 0.5, 0.6, 1.3, 1.4, 1.1, 1.0)
WEEKEND_WEIGHT = 0.4
VOLUNTEER_DAY = (12, 5)  # the International Volunteer Day
VOLUNTEER_DAY_WEIGHT = 6.0


class Growth:
    """The registration of ``size`` volunteers, numbered in order of their dates."""

    def __init__(self, size: int) -> None:
        self.days = [FIRST_DAY + timedelta(n) for n in range((TODAY - FIRST_DAY).days + 1)]
        weights = _day_weights(self.days)
        whole = sum(weights)
        self._bounds = [round(size * seen / whole) for seen in accumulate(weights)]
        self.cohorts = [self.registered_by(date(year - 1, 12, 31)) for year in YEARS] + [size]

    def registered_on(self, number: int) -> date:
        """Return the date on which the volunteer with this number was registered."""
        return self.days[bisect_right(self._bounds, number)]

    def by_day(self) -> Iterator[tuple[date, range]]:
        """Yield every day with the numbers of the volunteers registered on it."""
        return zip(self.days, map(range, [0, *self._bounds[:-1]], self._bounds), strict=True)

    def registered_by(self, day: date) -> int:
        """Return the number of volunteers registered by the end of a day."""
        if day < FIRST_DAY:
            return 0
        return self._bounds[min((day - FIRST_DAY).days, len(self.days) - 1)]


def _day_weights(days: list[date]) -> list[float]:
    weights = [_day_weight(day) for day in days]
    of_year = dict.fromkeys(YEARS, 0.0)
    for day, weight in zip(days, weights, strict=True):
        of_year[day.year] += weight
    return [
        weight * YEAR_SHARES[day.year] / of_year[day.year]
        for day, weight in zip(days, weights, strict=True)
    ]


def _day_weight(day: date) -> float:
    if (day.month, day.day) == VOLUNTEER_DAY:
        return VOLUNTEER_DAY_WEIGHT
    return MONTH_WEIGHTS[day.month - 1] * (WEEKEND_WEIGHT if day.weekday() >= 5 else 1.0)
