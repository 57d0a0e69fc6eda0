"""Histories of hours: who took part in which projects after having been registered."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import log
from random import Random

from erikti.demo.nation import REGISTRY, TODAY, Nation, Row
from erikti.demo.projects import Project, projects
from erikti.demo.volunteers import Volunteers, source_id, volunteers_of
from models.volunteers import ParticipationRole, ProjectStatus

ROLES = [ParticipationRole.PARTICIPANT] * 90 + [ParticipationRole.COORDINATOR] * 8
ROLES += [ParticipationRole.ORGANISER] * 2
LEAST, MOST, MEAN = 1.0, 120.0, 14.0  # hours
PLACES = 4096
# Most give an afternoon, few give weeks: the places of an exponential distribution.
HOURS = [
    Decimal(round(10 * min(MOST, LEAST - MEAN * log(1 - place / PLACES)))) / 10
    for place in range(PLACES)
]
MANY_DAYS = Decimal(8)  # hours that do not fit into one day
KEEN_IN = 20  # of so many volunteers, one is keen
KEEN = 20  # how many times as often the keen ones take part
NEARBY = 0.6  # the chance to choose among the projects of the own region


class _Calendar:
    """Projects in order of their beginning, to find those that somebody could still join."""

    def __init__(self, known: list[Project]) -> None:
        self._projects = known
        self._days = [project.starts_on for project in known]

    def after(self, day: date) -> list[Project]:
        """The projects that began on a day or later."""
        return self._projects[bisect_left(self._days, day) :]


def participation_rows(nation: Nation) -> Iterator[Row]:
    """All participations as rows, volunteer by volunteer."""
    chance = nation.random("participations")
    begun = [each for each in projects(nation) if each.status is not ProjectStatus.PLANNED]
    everywhere = _Calendar(begun)
    nearby = {
        region: _Calendar([each for each in begun if each.region == region])
        for region in {each.region for each in begun}
    }
    volunteers = volunteers_of(nation)
    number = 0
    for volunteer, day, size in _sizes(nation, volunteers, everywhere):
        near = nearby.get(volunteers.region(volunteer))
        for project in _chosen(
            everywhere.after(day), near.after(day) if near else [], size, chance
        ):
            number += 1
            yield _row(number, project, volunteer, chance)


def _sizes(
    nation: Nation, volunteers: Volunteers, calendar: _Calendar
) -> Iterator[tuple[int, date, int]]:
    """The volunteers who took part, the day they were registered, and how many times.

    The weights are made twice, first for their sum, so that nothing is held.
    """
    whole = sum(weight for _, _, weight in _weights(nation, volunteers, calendar))
    seen, before = 0.0, 0
    for volunteer, day, weight in _weights(nation, volunteers, calendar):
        seen += weight
        upto = round(nation.participations * seen / whole)
        if upto > before:
            yield volunteer, day, upto - before
        before = upto


def _weights(
    nation: Nation, volunteers: Volunteers, calendar: _Calendar
) -> Iterator[tuple[int, date, float]]:
    """How likely each volunteer takes part: the more projects since then, the likelier."""
    chance = nation.random("participants").random
    for day, numbers in volunteers.growth.by_day():
        possible = len(calendar.after(day))
        for number in numbers:
            keen = 1 if number % KEEN_IN else KEEN
            yield number, day, possible * keen * chance()


def _chosen(
    possible: list[Project], near: list[Project], size: int, chance: Random
) -> list[Project]:
    """So many different projects, those nearby rather than others.

    There are always enough: even the keen take part in one of six that they could join.
    """
    chosen: list[Project] = []
    while len(chosen) < size:
        nearby = near and chance.random() < NEARBY
        project = chance.choice(near if nearby else possible)
        if project in chosen:
            project = chance.choice(possible)
        if project not in chosen:
            chosen.append(project)
    return chosen


def _row(number: int, project: Project, volunteer: int, chance: Random) -> Row:
    hours = HOURS[int(chance.random() * PLACES)]
    days = (min(project.ends_on, TODAY) - project.starts_on).days + 1
    first = int(chance.random() * days)
    length = int(chance.random() * (days - first)) if hours > MANY_DAYS else 0
    starts_on = project.starts_on + timedelta(first)
    return {
        "source_system": REGISTRY,
        "source_id": f"H-{number:08d}",
        "volunteer": source_id(volunteer),
        "project": project.source_id,
        "role": ROLES[int(chance.random() * len(ROLES))],
        "hours": hours,
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(length),
    }
