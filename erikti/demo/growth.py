"""Growth of the registry: dates of registration."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate

from erikti.demo.later.calendar import FIRST_YEAR, day_weight, upto
from erikti.demo.nation import PUBLISHED_ON

FIRST_DAY = date(2020, 1, 6)
YEARS = range(2020, 2026)
# Each year's share of all volunteers, in per cent.
YEAR_SHARES = {2020: 8, 2021: 11, 2022: 15, 2023: 18, 2024: 22, 2025: 26}
LATER_SHARE, MORE = 28, 2  # of the first year after them, and how much more each further year has


class Growth:
    """The registration of volunteers, numbered in order of their dates.

    ``published`` of them were registered by the publication, and no others until the end
    of the year, so that the figures of the year are those that were published.
    """

    def __init__(self, published: int, today: date) -> None:
        self.days = [FIRST_DAY + timedelta(n) for n in range((PUBLISHED_ON - FIRST_DAY).days + 1)]
        weights = _day_weights(self.days)
        whole = sum(weights)
        self._bounds = [round(published * seen / whole) for seen in accumulate(weights)]
        self._grow(published, today)
        self.size = self._bounds[-1]
        self.years = range(FIRST_DAY.year, max(today.year, PUBLISHED_ON.year) + 1)
        self.cohorts = [self.registered_by(date(year - 1, 12, 31)) for year in self.years]
        self.cohorts.append(self.size)

    def _grow(self, published: int, today: date) -> None:
        """Add the days after the publication."""
        before = published
        for number in range(1, (today - PUBLISHED_ON).days + 1):
            day = PUBLISHED_ON + timedelta(number)
            self.days.append(day)
            if day.year < FIRST_YEAR:
                self._bounds.append(published)
                continue
            share = LATER_SHARE + MORE * (day.year - FIRST_YEAR)
            whole = round(published * share / 100)
            self._bounds.append(before + upto(day, whole))
            if (day.month, day.day) == (12, 31):
                before = self._bounds[-1]

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
    weights = [day_weight(day) for day in days]
    of_year = dict.fromkeys(YEARS, 0.0)
    for day, weight in zip(days, weights, strict=True):
        of_year[day.year] += weight
    return [
        weight * YEAR_SHARES[day.year] / of_year[day.year]
        for day, weight in zip(days, weights, strict=True)
    ]
