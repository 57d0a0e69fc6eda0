"""The registry: some 310,000 volunteers, each generated from the number alone."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from functools import cache
from random import Random

from erikti.demo import regions
from erikti.demo.ages import Birth, ages_of, silver_ages_of
from erikti.demo.growth import Growth
from erikti.demo.nation import REGISTRY, SHORT, Nation, Row, stride, walk, weighted
from erikti.demo.numbers import iin, phone
from erikti.demo.organisations import organisations
from erikti.demo.people import HOME, Tradition, language, latin, tradition
from models.volunteers import Direction, VolunteerStatus

WITH_IIN = int(0.91 * SHORT)
WITH_ORGANISATION = int(0.6 * SHORT)
WITH_EMAIL = int(0.7 * SHORT)
WITH_PHONE = int(0.8 * SHORT)
# Of those who registered after the publication.
LATER_SILVER = int(0.02 * SHORT)
LATER_STATUSES = weighted(
    {VolunteerStatus.ACTIVE: 97, VolunteerStatus.INACTIVE: 2, VolunteerStatus.WITHDRAWN: 1}, 100
)
SILVER_IN = 33  # one in this many inactive volunteers is of silver age
DIRECTIONS = {
    Direction.ANIMALS: 6,
    Direction.CULTURE: 8,
    Direction.DIGITAL: 5,
    Direction.ECOLOGY: 18,
    Direction.EDUCATION: 14,
    Direction.EMERGENCY: 5,
    Direction.EVENTS: 15,
    Direction.HEALTH: 7,
    Direction.HERITAGE: 3,
    Direction.SEARCH: 3,
    Direction.SOCIAL: 20,
    Direction.SPORT: 8,
}
NUMBERS_OF_DIRECTIONS = {1: 50.0, 2: 35.0, 3: 15.0}


class Volunteers:
    """All volunteers of a country, numbered from 0 in order of registration.

    Everything derives from a number: its draws determine the person, its place in a walk over all
    numbers determines status and silver age, so that these have exact counts.
    """

    def __init__(self, nation: Nation) -> None:
        self._published = nation.volunteers
        # Sizes are needed for every volunteer, so they are computed once.
        self._active, self._silver = nation.active, nation.silver
        self._registered = nation.active + nation.inactive
        self.growth = Growth(self._published, nation.today)
        self.size = self.growth.size
        self._draws = nation.draws("volunteers")
        self._step = stride(self._published)
        self._ages = [(ages_of(year), silver_ages_of(year)) for year in self.growth.years]
        self._regions = weighted(regions.INHABITANTS)
        self._directions = _direction_sets(nation)
        self._bins: dict[str, list[str]] = {code: [] for code in regions.NAMES}
        # By BIN, which starts with the month, so the oldest come first.
        for organisation in sorted(organisations(nation)):
            self._bins[organisation.region].append(organisation.bin)

    def rows(self) -> Iterator[Row]:
        """Yield all volunteers as rows."""
        return map(self.row, range(self.size))

    def row(self, number: int) -> Row:
        """Return one volunteer as a row."""
        draws = self._draws(number)
        region = self._region(draws)
        person = self._person(number, draws)
        return {
            "source_system": REGISTRY,
            "source_id": source_id(number),
            **person,
            "email": _email(person, number) if draws[10] < WITH_EMAIL else None,
            "phone": phone(number % 10_000_000) if draws[11] < WITH_PHONE else None,
            "preferred_language": language(self._tradition(draws), draws[12]),
            "region": region,
            "organisation": self._organisation(region, draws),
            "status": self.status(number),
            "silver": self._is_silver(number),
            "directions": self._directions[draws[15] >> 4],
            "registered_on": self.growth.registered_on(number),
        }

    def person(self, number: int) -> dict[str, object]:
        """Return the columns by which other kinds of records refer to a volunteer's person."""
        return self._person(number, self._draws(number))

    def region(self, number: int) -> str:
        """Return the region in which a volunteer is registered."""
        return self._region(self._draws(number))

    def status(self, number: int) -> VolunteerStatus:
        """Return a volunteer's status."""
        if number >= self._published:
            return LATER_STATUSES[self._draws(number)[16] * len(LATER_STATUSES) // SHORT]
        rank = self._rank(number)
        if rank < self._active:
            return VolunteerStatus.ACTIVE
        return VolunteerStatus.INACTIVE if rank < self._registered else VolunteerStatus.WITHDRAWN

    def citizens(self, day: date, chance: Random) -> Iterator[dict[str, object]]:
        """Yield endlessly the people with an IIN who were active and registered by a day."""
        registered = walk(self.growth.registered_by(day), chance)
        active = (n for n in registered if self.status(n) is VolunteerStatus.ACTIVE)
        return (person for person in map(self.person, active) if person["iin"])

    def _person(self, number: int, draws: tuple[int, ...]) -> dict[str, object]:
        birth = self._birth(number)
        names = self._tradition(draws)[birth.sex]
        given = names.given[draws[2] * len(names.given) // SHORT]
        family = names.family[draws[3] * len(names.family) // SHORT]
        serial = birth.serial if draws[5] < WITH_IIN else None
        return {
            "family_name": family,
            "given_name": given,
            "patronymic": names.patronymic[draws[4] * len(names.patronymic) // SHORT],
            "latin_name": f"{latin(given)} {latin(family)}",
            "birth_date": birth.day,
            "sex": birth.sex,
            "citizenship": HOME,
            "iin": None if serial is None else iin(birth.day, birth.sex, serial),
        }

    def _birth(self, number: int) -> Birth:
        year = bisect_right(self.growth.cohorts, number) - 1
        ages = self._ages[year][self._is_silver(number)]
        return ages.birth(number - self.growth.cohorts[year])

    def _rank(self, number: int) -> int:
        return number * self._step % self._published

    def _is_silver(self, number: int) -> bool:
        if number >= self._published:
            return self._draws(number)[17] < LATER_SILVER
        rank = self._rank(number)
        return rank < self._silver or (rank >= self._active and rank % SILVER_IN == 0)

    def _region(self, draws: tuple[int, ...]) -> str:
        return self._regions[draws[0] * len(self._regions) // SHORT]

    def _tradition(self, draws: tuple[int, ...]) -> Tradition:
        return tradition(regions.RUSSIAN_NAMES[self._region(draws)], draws[1])

    def _organisation(self, region: str, draws: tuple[int, ...]) -> str | None:
        """Return an organisation; the square of the draw favours older ones."""
        if draws[13] >= WITH_ORGANISATION:
            return None
        bins = self._bins[region]
        return bins[draws[14] * draws[14] * len(bins) // (SHORT * SHORT)]


@cache
def volunteers_of(nation: Nation) -> Volunteers:
    """Return the volunteers of a country; its tables are cached."""
    return Volunteers(nation)


def source_id(number: int) -> str:
    """Return a volunteer's identifier, whose order as text is that of registration."""
    return f"V-{number + 1:08d}"


def number_of(known: str) -> int:
    """Return the number of the volunteer with an identifier."""
    return int(known.removeprefix("V-")) - 1


def _email(person: dict[str, object], number: int) -> str:
    name = str(person["latin_name"]).lower().replace(" ", ".")
    return f"{name}.{number + 1}@example.org"


def _direction_sets(nation: Nation) -> list[tuple[Direction, ...]]:
    """Return a table of sets of one to three directions to draw from."""
    chance = nation.random("directions")
    sizes = chance.choices(
        list(NUMBERS_OF_DIRECTIONS), list(NUMBERS_OF_DIRECTIONS.values()), k=4096
    )
    return [tuple(sorted(_directions(chance, size))) for size in sizes]


def _directions(chance: Random, size: int) -> set[Direction]:
    chosen: set[Direction] = set()
    while len(chosen) < size:
        chosen.update(chance.choices(list(DIRECTIONS), list(DIRECTIONS.values())))
    return chosen
