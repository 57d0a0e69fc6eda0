"""Birth dates by age, each with a serial number that makes an IIN unique."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

from erikti.demo.growth import YEAR_SHARES, YEARS
from erikti.demo.nation import TODAY, stride
from erikti.demo.numbers import IIN_SERIALS
from models.people import Sex

SILVER_AGE = 55
# Weight of an age by the end of the year of registration: most are pupils and students.
AGES = {
    **dict.fromkeys(range(15, 18), 7),
    **dict.fromkeys(range(18, 23), 10),
    **dict.fromkeys(range(23, 28), 7),
    **dict.fromkeys(range(28, 36), 4),
    **dict.fromkeys(range(36, 46), 2),
    **dict.fromkeys(range(46, 55), 1),
}
SILVER_AGES = {**dict.fromkeys(range(56, 66), 3), **dict.fromkeys(range(66, 79), 1)}
WOMEN, MEN = 3, 2  # of five volunteers
DAYS = 365


class Birth(NamedTuple):
    """A birth date and sex, and the serial number for the IIN where one is left."""

    day: date
    sex: Sex
    serial: int | None


class Ages:
    """The births of volunteers who were registered in one year, told by their numbers in it.

    Every birth date and sex has as many places as its age has weight. Numbers fill the
    places of all dates, far apart, then begin again with higher serials; each year of
    registration has serials of its own. So no two numbers share date, sex and serial.
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
        """The birth of the volunteer of this number among those of the year."""
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
    """Those below the silver age to this day."""
    return Ages(year, {age: n for age, n in AGES.items() if TODAY.year - year + age < SILVER_AGE})


def silver_ages_of(year: int) -> Ages:
    """Those of the silver age on the day of their registration."""
    return Ages(year, SILVER_AGES)


def _serials(year: int) -> range:
    """The year's part of the serials, as large as its part of the volunteers."""
    size = len(IIN_SERIALS)
    bounds = [0, *accumulate(YEAR_SHARES[known] * size // 100 for known in YEARS)]
    index = YEARS.index(year)
    return IIN_SERIALS[bounds[index] : bounds[index + 1]]
