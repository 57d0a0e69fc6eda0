"""Birth dates by age, with serial numbers that make IINs unique."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

from erikti.demo.growth import YEAR_SHARES, YEARS
from erikti.demo.nation import PUBLISHED_ON, stride
from erikti.demo.numbers import IIN_SERIALS, LATER_IIN_SERIALS
from models.people import Sex

SILVER_AGE = 55
# Weight of an age at the end of the year of registration: most are pupils and students.
AGES = {
    **dict.fromkeys(range(15, 18), 7),
    **dict.fromkeys(range(18, 23), 10),
    **dict.fromkeys(range(23, 28), 7),
    **dict.fromkeys(range(28, 36), 4),
    **dict.fromkeys(range(36, 46), 2),
    **dict.fromkeys(range(46, 55), 1),
}
SILVER_AGES = {**dict.fromkeys(range(56, 66), 3), **dict.fromkeys(range(66, 79), 1)}
EACH_YEAR = 100  # serials of a year after the publication
WOMEN, MEN = 3, 2  # of five volunteers
DAYS = 365


class Birth(NamedTuple):
    """A birth date and sex, and the serial number for the IIN, None if none is left."""

    day: date
    sex: Sex
    serial: int | None


class Ages:
    """The births of volunteers registered in one year, by their numbers in that year.

    Every birth date and sex has as many places as the weight of its age. Numbers fill the places
    of all dates, far apart, then start again with higher serials; each year of registration has
    its own serials. So no two numbers share date, sex and serial.
    """

    def __init__(self, year: int, ages: Mapping[int, int]) -> None:
        self._years = [year - age for age in ages]
        self._weights = list(ages.values())
        places = (weight * (WOMEN + MEN) * DAYS for weight in self._weights)
        self._bounds = [0, *accumulate(places)]
        self._size = self._bounds[-1]
        self._step = stride(self._size)
        self._serials = _serials(year)

    def birth(self, number: int) -> Birth:
        """Return the birth of the volunteer with this number in the year."""
        place = number * self._step % self._size
        index = bisect_right(self._bounds, place) - 1
        weight = self._weights[index]
        day, copy = divmod(place - self._bounds[index], weight * (WOMEN + MEN))
        women = weight * WOMEN
        sex, copy, copies = (
            (Sex.FEMALE, copy, women) if copy < women else (Sex.MALE, copy - women, weight * MEN)
        )
        serial = number // self._size * copies + copy
        born = date(self._years[index], 1, 1) + timedelta(day)
        return Birth(born, sex, self._serials[serial] if serial < len(self._serials) else None)


def ages_of(year: int) -> Ages:
    """Return the births of volunteers who are below the silver age on the day of publication, or
    when they registered after it."""
    since = max(PUBLISHED_ON.year - year, 0)
    return Ages(year, {age: n for age, n in AGES.items() if since + age < SILVER_AGE})


def silver_ages_of(year: int) -> Ages:
    """Return the births of volunteers who were of silver age when registered."""
    return Ages(year, SILVER_AGES)


def _serials(year: int) -> range:
    """Return the year's range of serials, proportional to its share of the volunteers."""
    if year not in YEARS:
        return LATER_IIN_SERIALS[(year - YEARS.stop) * EACH_YEAR :][:EACH_YEAR]
    size = len(IIN_SERIALS)
    bounds = [0, *accumulate(YEAR_SHARES[known] * size // 100 for known in YEARS)]
    index = YEARS.index(year)
    return IIN_SERIALS[bounds[index] : bounds[index + 1]]
