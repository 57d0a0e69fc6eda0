"""Volunteer organisations: the same 811 at every scale."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

from erikti.demo import regions
from erikti.demo.nation import PUBLISHED_ON, REGISTRY, Nation, Row, shares
from erikti.demo.numbers import bins
from models.volunteers import OrganisationKind

ORGANISATIONS = 811
FIRST_DAY = date(2012, 1, 1)
KINDS = {
    OrganisationKind.PUBLIC_ASSOCIATION: 0.22,
    OrganisationKind.PUBLIC_FOUNDATION: 0.18,
    OrganisationKind.STUDENT: 0.24,
    OrganisationKind.SCHOOL: 0.20,
    OrganisationKind.CORPORATE: 0.10,
    OrganisationKind.STATE: 0.06,
}
FORMS = {
    OrganisationKind.PUBLIC_ASSOCIATION: (
        "«{}» қоғамдық бірлестігі", "Общественное объединение «{}»", "{} Public Association",
    ),
    OrganisationKind.PUBLIC_FOUNDATION: (
        "«{}» қоғамдық қоры", "Общественный фонд «{}»", "{} Public Foundation",
    ),
    OrganisationKind.STUDENT: (
        "«{}» студенттік еріктілер клубы", "Студенческий клуб волонтёров «{}»",
        "{} Student Volunteer Club",
    ),
    OrganisationKind.SCHOOL: (
        "«{}» мектеп еріктілері жасағы", "Отряд школьных волонтёров «{}»",
        "{} School Volunteer Team",
    ),
    OrganisationKind.CORPORATE: (
        "«{}» корпоративтік еріктілер тобы", "Команда корпоративных волонтёров «{}»",
        "{} Corporate Volunteer Team",
    ),
    OrganisationKind.STATE: (
        "«{}» еріктілер орталығы", "Центр волонтёров «{}»", "{} Volunteer Centre",
    ),
}  # fmt: skip
WORDS = (
    ("Мейірім", "Meirim"), ("Қамқор", "Qamqor"), ("Шапағат", "Shapagat"), ("Үміт", "Umit"),
    ("Бірлік", "Birlik"), ("Жанашыр", "Zhanashyr"), ("Ізгі жүрек", "Izgi Zhurek"),
    ("Алтын жүрек", "Altyn Zhurek"), ("Жас дәурен", "Zhas Dauren"), ("Болашақ ізі", "Bolashaq Izi"),
    ("Нұрлы жол", "Nurly Zhol"), ("Ақ көгершін", "Aq Kogershin"), ("Жасыл мекен", "Zhasyl Meken"),
    ("Таза бұлақ", "Taza Bulaq"), ("Сенім", "Senim"), ("Тірек", "Tirek"), ("Дос қолы", "Dos Qoly"),
    ("Жаңа леп", "Zhana Lep"), ("Самал", "Samal"), ("Арай", "Aray"), ("Жұлдыз жол", "Zhuldyz Zhol"),
    ("Көмек", "Komek"), ("Ынтымақ", "Yntymaq"), ("Қайырым", "Qayirym"), ("Ерік", "Erik"),
    ("Бастау", "Bastau"), ("Өркен", "Orken"), ("Шуақ", "Shuaq"), ("Ақ тілек", "Aq Tilek"),
    ("Сарқыт", "Sarqyt"),
)  # fmt: skip


class Organisation(NamedTuple):
    """The properties of an organisation that other records depend on."""

    bin: str
    region: str
    kind: OrganisationKind
    word: tuple[str, str]
    registered_on: date


@cache
def organisations(nation: Nation) -> tuple[Organisation, ...]:
    """Return all organisations, by region and kind."""
    chance = nation.random("organisations")
    unused: dict[date, Iterator[str]] = {}
    found = []
    for region, kind, word in _places(chance):
        day = FIRST_DAY + timedelta(chance.randrange((PUBLISHED_ON - FIRST_DAY).days))
        number = next(unused.setdefault(day.replace(day=1), bins(day)))
        found.append(Organisation(number, region, kind, word, day))
    return tuple(found)


def organisation_rows(known: Iterable[Organisation]) -> Iterator[Row]:
    """Yield organisations as rows."""
    for number, organisation in enumerate(known, 1):
        kazakh, russian, english = FORMS[organisation.kind]
        word, latin = organisation.word
        region = regions.NAMES[organisation.region]
        yield {
            "source_system": REGISTRY,
            "source_id": f"O-{number:04d}",
            "bin": organisation.bin,
            "name_kk": f"{kazakh.format(word)} ({region[0]})",
            "name_ru": f"{russian.format(word)} ({region[1]})",
            "name_en": f"{english.format(latin)} ({region[2]})",
            "region": organisation.region,
            "kind": organisation.kind,
            "registered_on": organisation.registered_on,
        }


def _places(chance: Random) -> Iterator[tuple[str, OrganisationKind, tuple[str, str]]]:
    """Return the unique combinations of region, kind and word of all organisations."""
    counts = shares(ORGANISATIONS, list(regions.INHABITANTS.values()))
    for region, count in zip(regions.INHABITANTS, counts, strict=True):
        for kind, number in zip(KINDS, shares(count, list(KINDS.values())), strict=True):
            for word in chance.sample(WORDS, number):
                yield region, kind, word
