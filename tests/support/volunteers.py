"""Volunteers for tests that count: as many as a table says, and nothing else about them."""

from collections.abc import Mapping
from datetime import date
from itertools import count
from typing import Any, NamedTuple

from erikti.database.connection import transaction
from models.people import Person, Sex
from models.volunteers import Volunteer


class Kind(NamedTuple):
    """What a test says of volunteers."""

    region: str
    status: str = "ACTIVE"
    silver: bool = False
    registered_on: date = date(2025, 3, 1)
    sex: Sex | None = None
    birth_date: date | None = None


async def register(numbers: Mapping[Kind, int]) -> None:
    """Register so many volunteers of each kind."""
    serial = count()
    async with transaction():
        for kind, number in numbers.items():
            for _ in range(number):
                await _register(kind, next(serial))


async def _register(kind: Kind, serial: int) -> None:
    person = await Person.create(
        display_name="A.",
        recorded_on=kind.registered_on,
        sex=kind.sex,
        birth_date=kind.birth_date,
    )
    values: dict[str, Any] = {
        "region_id": kind.region,
        "status": kind.status,
        "silver": kind.silver,
        "registered_on": kind.registered_on,
    }
    await Volunteer.create(person_id=person.id, source_system="T", source_id=str(serial), **values)
