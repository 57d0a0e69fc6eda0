"""The Marathon of Good Deeds in the years after the publication."""

from collections.abc import Iterator
from datetime import date, timedelta

from erikti.demo import regions
from erikti.demo.good_deeds import DAYS, FIRST_DAY, deed
from erikti.demo.later.calendar import FIRST_YEAR, years
from erikti.demo.nation import Nation, Row, weighted

MORE = 0.1  # of the deeds of 2025, each year
MANY = 14  # participants of a large deed
PLACES = weighted(regions.INHABITANTS)


def later_good_deeds(nation: Nation) -> int:
    """Return their number."""
    return sum(len(_days(nation, year)) for year in years(nation))


def later_good_deed_rows(nation: Nation) -> Iterator[Row]:
    """Yield them by day."""
    for year in years(nation):
        chance = nation.random(f"good-deeds-{year}")
        for number, day in enumerate(_days(nation, year), 1):
            participants = 1 + int(MANY * chance.random() ** 3)
            yield deed(f"D-{year}-{number:07d}", day, year, participants, PLACES, chance)


def _days(nation: Nation, year: int) -> list[date]:
    """Return the days of the deeds of a year up to today."""
    chance = nation.random(f"good-deeds-days-{year}")
    first = date(year, FIRST_DAY.month, FIRST_DAY.day)
    size = round(nation.good_deeds * (1 + MORE * (year - FIRST_YEAR + 1)))
    days = sorted(first + timedelta(chance.randrange(DAYS)) for _ in range(size))
    return [day for day in days if day <= nation.today]
