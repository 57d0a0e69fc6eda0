"""Organisations registered after the publication: some forty each year."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from erikti.demo import regions
from erikti.demo.later.calendar import years
from erikti.demo.nation import Nation
from erikti.demo.numbers import bins
from erikti.demo.organisations import FORMS, WORDS, Organisation, organisations

EACH_YEAR = 40


@cache
def later_organisations(nation: Nation) -> tuple[Organisation, ...]:
    """Return them by date of registration; no two share region, kind and word."""
    taken = {(each.region, each.kind, each.word) for each in organisations(nation)}
    free = [
        (region, kind, word)
        for region in regions.NAMES
        for kind in FORMS
        for word in WORDS
        if (region, kind, word) not in taken
    ]
    nation.random("later-organisations").shuffle(free)
    places = iter(free)
    return tuple(
        Organisation(number, *place, day)
        for (day, number), place in zip(_registered(nation), places, strict=False)
    )


def _registered(nation: Nation) -> Iterator[tuple[date, str]]:
    """Yield the dates up to today with a BIN of their month."""
    for year in years(nation):
        chance = nation.random(f"organisations-{year}")
        found = sorted(
            date(year, 1, 5) + timedelta(chance.randrange(355)) for _ in range(EACH_YEAR)
        )
        unused: dict[date, Iterator[str]] = {}
        for day in found:
            if day <= nation.today:
                yield day, next(unused.setdefault(day.replace(day=1), bins(day)))
