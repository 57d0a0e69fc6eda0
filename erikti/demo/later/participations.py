"""Participations in projects that started after the publication, day by day."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random

from erikti.demo.later.calendar import days, of_day
from erikti.demo.later.projects import running
from erikti.demo.nation import REGISTRY, Nation, Row
from erikti.demo.participations import HOURS, KEEN_IN, MANY_DAYS, PLACES, ROLES
from erikti.demo.projects import Project
from erikti.demo.volunteers import Volunteers, source_id, volunteers_of
from models.volunteers import VolunteerStatus

EACH_YEAR = 120_000  # at scale 1
LONGEST = 10  # days
KEEN = 0.5  # the share of keen volunteers


def later_participations(nation: Nation) -> int:
    """Return their number."""
    return sum(size for _, size in _sizes(nation))


def later_participation_rows(nation: Nation) -> Iterator[Row]:
    """Yield them by their last day."""
    volunteers = volunteers_of(nation)
    taken: set[tuple[int, str]] = set()
    for day, size in _sizes(nation):
        chance = nation.random(f"participations-{day}")
        projects = running(nation, day)
        for number in range(1, size + 1):
            project = chance.choice(projects)
            volunteer = _volunteer(volunteers, project, taken, chance)
            yield _row(day, number, project, volunteer, chance)


@cache
def _sizes(nation: Nation) -> tuple[tuple[date, int], ...]:
    """Return the days on which projects run, with the number of participations of each."""
    whole = round(EACH_YEAR * nation.scale)
    return tuple((day, of_day(day, whole)) for day in days(nation) if running(nation, day))


def _volunteer(
    volunteers: Volunteers, project: Project, taken: set[tuple[int, str]], chance: Random
) -> int:
    """Return an active volunteer who registered before the project and is not in it yet."""
    known = volunteers.growth.registered_by(project.starts_on)
    while True:
        number = chance.randrange(known)
        if chance.random() < KEEN:
            number -= number % KEEN_IN
        pair = (number, project.source_id)
        if pair not in taken and volunteers.status(number) is VolunteerStatus.ACTIVE:
            taken.add(pair)
            return number


def _row(day: date, number: int, project: Project, volunteer: int, chance: Random) -> Row:
    hours = HOURS[int(chance.random() * PLACES)]
    length = min(chance.randrange(LONGEST), (day - project.starts_on).days)
    return {
        "source_system": REGISTRY,
        "source_id": f"H-{day:%Y%m%d}-{number:05d}",
        "volunteer": source_id(volunteer),
        "project": project.source_id,
        "role": ROLES[int(chance.random() * len(ROLES))],
        "hours": hours,
        "starts_on": day - timedelta(length if hours > MANY_DAYS else 0),
        "ends_on": day,
    }
