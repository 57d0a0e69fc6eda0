"""Small grants: the same at every scale, 60 of them awarded in 2025."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from erikti.demo.nation import PUBLISHED_ON, REGISTRY, Nation, Row
from erikti.demo.organisations import organisations
from erikti.demo.projects import Project, projects
from erikti.demo.volunteers import volunteers_of
from models.volunteers import GrantStatus

AWARDED = {2021: 20, 2022: 30, 2023: 40, 2024: 50, 2025: 60}
GRANTS = sum(AWARDED.values())
CURRENCY = "KZT"
LEAST, MOST, STEP = 300_000, 3_000_000, 50_000
TO_PERSONS = 0.2
TO_PROJECTS = 0.6


def grant_rows(nation: Nation) -> Iterator[Row]:
    """Yield all grants as rows, in order of the award."""
    chance = nation.random("grants")
    days = sorted(_days(chance))
    for number, day in enumerate(days, 1):
        recipient = _recipient(nation, day, chance)
        yield grant(f"G-{number:04d}", day, recipient, nation, chance)


def grant(source_id: str, day: date, recipient: Row, nation: Nation, chance: Random) -> Row:
    """Return a grant of a day as a row."""
    return {
        "source_system": REGISTRY,
        "source_id": source_id,
        **recipient,
        "amount": Decimal(chance.randrange(LEAST, MOST + 1, STEP)),
        "currency": CURRENCY,
        "awarded_on": day,
        "status": _status(day, nation.today, chance),
    }


def _days(chance: Random) -> Iterator[date]:
    for year, number in AWARDED.items():
        first = date(year, 4, 1)
        days = (date(year, 11, 30) - first).days
        yield from (first + timedelta(chance.randrange(days)) for _ in range(number))


def _recipient(nation: Nation, day: date, chance: Random) -> Row:
    if chance.random() < TO_PERSONS:
        person = next(volunteers_of(nation).citizens(day, chance))
        return {"recipient_person": person["iin"]}
    if chance.random() < TO_PROJECTS:
        project = chance.choice([each for each in projects(nation) if _runs(each, day)])
        return {
            "recipient_organisation": project.organisation.bin,
            "project": project.source_id,
        }
    known = [each for each in organisations(nation) if each.registered_on <= day]
    return {"recipient_organisation": chance.choice(known).bin}


def _runs(project: Project, day: date) -> bool:
    """Return whether a grant of this day may be for a project: it is of the same year."""
    return project.starts_on.year == day.year and project.starts_on <= PUBLISHED_ON


def _status(day: date, today: date, chance: Random) -> GrantStatus:
    if chance.random() < 0.02:
        return GrantStatus.REVOKED
    if today - day < timedelta(30):
        return GrantStatus.AWARDED
    return GrantStatus.ACTIVE if today - day < timedelta(240) else GrantStatus.COMPLETED
