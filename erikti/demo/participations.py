"""Participations of volunteers in projects that started after their registration."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import log
from random import Random

from erikti.demo.nation import PUBLISHED_ON, REGISTRY, Nation, Row
from erikti.demo.projects import Project, projects
from erikti.demo.volunteers import Volunteers, source_id, volunteers_of
from models.volunteers import ParticipationRole

ROLES = [ParticipationRole.PARTICIPANT] * 90 + [ParticipationRole.COORDINATOR] * 8
ROLES += [ParticipationRole.ORGANISER] * 2
LEAST, MOST, MEAN = 1.0, 120.0, 14.0  # hours
PLACES = 4096
# Exponentially distributed: most give an afternoon, few give weeks.
HOURS = [
    Decimal(round(10 * min(MOST, LEAST - MEAN * log(1 - place / PLACES)))) / 10
    for place in range(PLACES)
]
MANY_DAYS = Decimal(8)  # hours that do not fit into one day
KEEN_IN = 20  # one in this many volunteers is keen
KEEN = 20  # the factor by which keen ones take part more often
NEARBY = 0.6  # the chance to choose among the projects of the own region


class _Calendar:
    """Projects by start, to find those that a volunteer could still join."""

    def __init__(self, known: list[Project]) -> None:
        self._projects = known
        self._days = [project.starts_on for project in known]

    def after(self, day: date) -> list[Project]:
        """Return the projects that started on a day or later."""
        return self._projects[bisect_left(self._days, day) :]


def participation_rows(nation: Nation) -> Iterator[Row]:
    """Yield all participations as rows, volunteer by volunteer."""
    chance = nation.random("participations")
    begun = [each for each in projects(nation) if each.starts_on <= PUBLISHED_ON]
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
    """Yield participating volunteers with their date of registration and number of projects.

    Weights are generated twice, first for their sum, to use constant memory.
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
    """Yield each volunteer's weight, which grows with the projects since registration."""
    chance = nation.random("participants").random
    for day, numbers in volunteers.growth.by_day():
        possible = len(calendar.after(day))
        for number in numbers:
            keen = 1 if number % KEEN_IN else KEEN
            yield number, day, possible * keen * chance()


def _chosen(
    possible: list[Project], near: list[Project], size: int, chance: Random
) -> list[Project]:
    """Choose ``size`` different projects, preferably in the volunteer's region.

    There are always enough: even keen volunteers join only one in six possible ones.
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
    days = (min(project.ends_on, PUBLISHED_ON) - project.starts_on).days + 1
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
