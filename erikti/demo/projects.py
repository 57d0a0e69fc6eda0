"""Volunteer projects, the same at every scale; 56 of them started in 2025."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

from erikti.demo import regions
from erikti.demo.nation import PUBLISHED_ON, REGISTRY, Nation, Row
from erikti.demo.organisations import Organisation, organisations
from models.volunteers import Direction, ProjectStatus

STARTED = {2020: 12, 2021: 19, 2022: 27, 2023: 36, 2024: 45, 2025: 56}
PLANNED = 4  # for the next year
PROJECTS = sum(STARTED.values()) + PLANNED
LAST_START = (12, 1)
TITLES = (
    (Direction.ANIMALS, (15,), "Мейірімді қол", "Добрые руки", "Kind Hands"),
    (Direction.ANIMALS, (15, 11), "Панажай", "Приют", "Shelter"),
    (Direction.CULTURE, (4, 11), "Музейдегі ерікті", "Волонтёр в музее", "Volunteer at the Museum"),
    (Direction.CULTURE, (4,), "Тірі дауыс", "Живой голос", "Living Voice"),
    (Direction.DIGITAL, (4, 9), "Цифрлық көпір", "Цифровой мост", "Digital Bridge"),
    (Direction.DIGITAL, (10, 9), "Әжеме көмек", "Помощь бабушке онлайн", "Online with Grandma"),
    (Direction.ECOLOGY, (13, 15), "Таза жағалау", "Чистый берег", "Clean Shore"),
    (Direction.ECOLOGY, (13, 15), "Мың ағаш", "Тысяча деревьев", "A Thousand Trees"),
    (Direction.ECOLOGY, (12, 11), "Екінші өмір", "Вторая жизнь вещей", "Second Life of Things"),
    (Direction.EDUCATION, (4,), "Бірге оқимыз", "Читаем вместе", "Reading Together"),
    (Direction.EDUCATION, (4, 10), "Тәлімгер", "Наставник", "Mentor"),
    (Direction.EMERGENCY, (11, 13), "Су тасқынына дайынбыз", "Готовы к паводку",
     "Ready for the Flood"),
    (Direction.EMERGENCY, (3, 11), "Алғашқы көмек", "Первая помощь", "First Aid"),
    (Direction.EVENTS, (17, 8), "Қонақжай қала", "Гостеприимный город", "Welcoming City"),
    (Direction.EVENTS, (17,), "Ірі форумдар тобы", "Команда больших форумов", "Forum Crew"),
    (Direction.HEALTH, (3,), "Донор күні", "День донора", "Donor Day"),
    (Direction.HEALTH, (3, 5), "Ауруханадағы ертегі", "Сказка в больнице",
     "Fairy Tale in the Ward"),
    (Direction.HERITAGE, (11, 4), "Мұра сақшысы", "Хранители наследия", "Keepers of Heritage"),
    (Direction.HERITAGE, (11,), "Ескі қала ізі", "Следы старого города", "Traces of the Old Town"),
    (Direction.SEARCH, (16,), "Үйге қайт", "Вернись домой", "Come Home"),
    (Direction.SEARCH, (16, 3), "Іздеу жасағы", "Поисковый отряд", "Search Team"),
    (Direction.SOCIAL, (1, 2), "Жылы дастарқан", "Тёплый стол", "Warm Table"),
    (Direction.SOCIAL, (1, 10), "Мектепке жол", "Дорога в школу", "Road to School"),
    (Direction.SOCIAL, (10, 3), "Үйдегі көмек", "Помощь на дому", "Help at Home"),
    (Direction.SPORT, (3, 11), "Аула спорты", "Спорт во дворе", "Sport in the Yard"),
    (Direction.SPORT, (3, 17), "Марафон еріктісі", "Волонтёр марафона", "Marathon Volunteer"),
)  # fmt: skip


class Project(NamedTuple):
    """The properties of a project that other records depend on."""

    source_id: str
    organisation: Organisation
    region: str
    starts_on: date
    ends_on: date
    title: int

    def status(self, today: date) -> ProjectStatus:
        """Return the project's status on a day."""
        if self.starts_on > today:
            return ProjectStatus.PLANNED
        return ProjectStatus.ACTIVE if self.ends_on >= today else ProjectStatus.COMPLETED


@cache
def projects(nation: Nation) -> tuple[Project, ...]:
    """Return all projects by start."""
    chance = nation.random("projects")
    days = sorted([*_starts(chance), *_planned(chance)])
    return tuple(_project(number, day, nation, chance) for number, day in enumerate(days, 1))


def project_rows(known: Iterable[Project], today: date) -> Iterator[Row]:
    """Yield projects as rows."""
    for project in known:
        direction, goals, kazakh, russian, english = TITLES[project.title]
        region, year = regions.NAMES[project.region], project.starts_on.year
        yield {
            "source_system": REGISTRY,
            "source_id": project.source_id,
            "title_kk": f"{kazakh} – {year} ({region[0]})",
            "title_ru": f"{russian} – {year} ({region[1]})",
            "title_en": f"{english} {year} ({region[2]})",
            "organisation": project.organisation.bin,
            "region": project.region,
            "directions": (direction,),
            "goals": goals,
            "starts_on": project.starts_on,
            "ends_on": project.ends_on,
            "status": project.status(today),
        }


def _starts(chance: Random) -> Iterator[date]:
    for year, number in STARTED.items():
        first = date(year, 3, 1)
        days = (date(year, *LAST_START) - first).days
        yield from (first + timedelta(chance.randrange(days)) for _ in range(number))


def _planned(chance: Random) -> Iterator[date]:
    first = date(PUBLISHED_ON.year + 1, 3, 1)
    return (first + timedelta(chance.randrange(90)) for _ in range(PLANNED))


def _project(number: int, day: date, nation: Nation, chance: Random) -> Project:
    known = [each for each in organisations(nation) if each.registered_on <= day]
    organisation = chance.choice(known)
    return Project(
        source_id=f"P-{number:04d}",
        organisation=organisation,
        region=organisation.region,
        starts_on=day,
        ends_on=day + timedelta(chance.randrange(14, 240)),
        title=chance.randrange(len(TITLES)),
    )
