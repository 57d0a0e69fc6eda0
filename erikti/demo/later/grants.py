"""Grants awarded after the publication."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from erikti.demo.grants import TO_PERSONS, TO_PROJECTS, grant
from erikti.demo.later.calendar import FIRST_YEAR, years
from erikti.demo.later.projects import later_projects
from erikti.demo.nation import Nation, Row
from erikti.demo.organisations import organisations
from erikti.demo.volunteers import volunteers_of

FIRST, MORE = 64, 8  # grants of the first year, and how many more each year has


def later_grant_rows(nation: Nation) -> Iterator[Row]:
    """Yield them in order of the award."""
    for year in years(nation):
        chance = nation.random(f"grants-{year}")
        size = FIRST + MORE * (year - FIRST_YEAR)
        days = sorted(date(year, 2, 1) + timedelta(chance.randrange(303)) for _ in range(size))
        for number, day in enumerate(days, 1):
            if day <= nation.today:
                recipient = _recipient(nation, day, chance)
                yield grant(f"G-{year}-{number:03d}", day, recipient, nation, chance)


def _recipient(nation: Nation, day: date, chance: Random) -> Row:
    if chance.random() < TO_PERSONS:
        person = next(volunteers_of(nation).citizens(day, chance))
        return {"recipient_person": person["iin"]}
    begun = [
        each
        for each in later_projects(nation)
        if each.starts_on.year == day.year and each.starts_on <= day
    ]
    if begun and chance.random() < TO_PROJECTS:
        project = chance.choice(begun)
        return {
            "recipient_organisation": project.organisation.bin,
            "project": project.source_id,
        }
    return {"recipient_organisation": chance.choice(organisations(nation)).bin}
