"""Projects that started after the publication, and those planned for the next months."""

from datetime import date, timedelta
from functools import cache

from erikti.demo.later.calendar import FIRST_YEAR
from erikti.demo.later.organisations import later_organisations
from erikti.demo.nation import PUBLISHED_ON, Nation
from erikti.demo.organisations import organisations
from erikti.demo.projects import TITLES, Project

EACH_YEAR = 64
PLANNED = timedelta(days=90)  # ahead


@cache
def later_projects(nation: Nation) -> tuple[Project, ...]:
    """Return them by start; none if today is the day of the publication."""
    if nation.today == PUBLISHED_ON:
        return ()
    horizon = nation.today + PLANNED
    return tuple(
        project
        for year in range(FIRST_YEAR, horizon.year + 1)
        for project in _of_year(nation, year)
        if project.starts_on <= horizon
    )


def running(nation: Nation, day: date) -> list[Project]:
    """Return those that run on a day."""
    return [each for each in later_projects(nation) if each.starts_on <= day <= each.ends_on]


def _of_year(nation: Nation, year: int) -> list[Project]:
    chance = nation.random(f"projects-{year}")
    starts = sorted(date(year, 1, 2) + timedelta(chance.randrange(335)) for _ in range(EACH_YEAR))
    made = []
    known = [*organisations(nation), *later_organisations(nation)]
    before = [each for each in known if each.registered_on < date(year, 1, 1)]
    for number, day in enumerate(starts, 1):
        organisation = chance.choice(before)
        ends_on = day + timedelta(chance.randrange(21, 240))
        title = chance.randrange(len(TITLES))
        source_id = f"P-{year}-{number:03d}"
        made.append(Project(source_id, organisation, organisation.region, day, ends_on, title))
    return made
