"""Regions and countries by codes, names and what else they are called."""

from collections.abc import Mapping, Sequence

import pytest

from erikti.database.connection import fetch
from erikti.labels import aliases
from erikti.writing import places
from erikti.writing.problems import InvalidError
from erikti.writing.texts import Parser

pytestmark = pytest.mark.usefixtures("database")

REGIONS: Mapping[str, Sequence[object]] = {
    "KZ-71": ["kz-71", "KZ71", "KZ‑71", "710000000", 710000000, "71", 71.0, "71.0", "KZ-AST",
              "Астана", "г. Астана", "Астана қ.", "ASTANA CITY", "город Астана", "Нур-Султан"],
    "KZ-75": ["Алматы", "Almaty", "г.Алматы", "Алматы қаласы", "Алма-Ата"],
    "KZ-19": ["Алматы облысы", "Алматы обл.", "Алматинская обл", "обл. Алматинская",
              "Almaty Region", "Almaty oblast", "  АЛМАТИНСКАЯ   ОБЛАСТЬ "],
    "KZ-10": ["Абай", "Абай обл.", "область Абай", "Абайская", "Abai Region"],
    "KZ-33": ["Жетісу", "Жетысу", "Жетысуская область", "Jetisu", "Zhetysu"],
    "KZ-62": ["Ұлытау облысы", "Улытау", "Улытауская обл.", "Ulytau"],
    "KZ-63": ["ВКО", "ШҚО", "Восточно—Казахстанская область", "East Kazakhstan", "Шығыс Қазақстан"],
    "KZ-27": ["ЗКО", "БҚО", "Батыс Қазақстан облысы"],
    "KZ-43": ["Кызылординская", "Қызылорда", "Kyzylorda"],
    "KZ-35": ["Карагандa", "Kарагандинская область"],
}  # fmt: skip
UNKNOWN_REGIONS = {
    "Карагандиская область": "Карагандинская область (KZ-35)",
    "Актюбинкая": "Актюбинская область (KZ-15)",
    "Шымкен": "Шымкент (KZ-79)",
    "KZ-VOS": "Восточно-Казахстанская область (KZ-63) or область Абай (KZ-10)",
    "г. Караганда": "Карагандинская область (KZ-35)",
    "город Алматинская область": "Алматинская область (KZ-19)",
    "751110000": "Алматы (KZ-75)",
}
COUNTRIES = {
    "KZ": ["kz", "KAZ", "Қазақстан", "ҚР", "РК", "Республика Казахстан", "Republic of Kazakhstan"],
    "KG": ["KGZ", "Кыргызстан", "Киргизия", "Қырғыз Республикасы", "Кыргызская Республика"],
    "UZ": ["Узбекистан", "Өзбекстан", "Республика Узбекистан", "Өзбекстан Республикасы"],
    "TJ": ["Таджикистан", "Республика Таджикистан", "Tajikistan"],
    "BY": ["Белоруссия", "РБ", "BLR"],
    "TR": ["Türkiye", "Turkey", "Түркия", "TUR"],
    "US": ["США", "АҚШ", "USA", "Соединённые Штаты Америки", "United States of America"],
    "KR": ["KR", "Южная Корея", "Республика Корея", "Korea, Republic of", "Оңтүстік Корея"],
    "CI": ["Кот-д'Ивуар", "Côte d’Ivoire", "Cote d'Ivoire", "Ivory Coast"],
    "CD": ["COD"],
    "GB": ["UK", "Великобритания", "United Kingdom"],
}  # fmt: skip
CONGO = ("Конго", "Congo")  # one of two in Kazakh, the other in Russian; both in English
BOTH = "Конго - Киншаса (CD) or Конго - Браззавиль (CG)"
UNKNOWN_COUNTRIES = {
    "Казахстн": "Казахстан (KZ)",
    "Узбекистон": "Узбекистан (UZ)",
    "Kyrgyzstn": "Киргизия (KG)",
    **dict.fromkeys(CONGO, BOTH),
    "Республика Конго": BOTH,
}


def check(parse: Parser[str], known: Mapping[str, Sequence[object]]) -> None:
    for code, cells in known.items():
        assert [parse(cell) for cell in cells] == [code] * len(cells)


def refused(parse: Parser[str], cell: object) -> InvalidError:
    with pytest.raises(InvalidError) as refusal:
        parse(cell)
    return refusal.value


async def test_regions() -> None:
    parse = await places.regions()
    check(parse, REGIONS)
    for cell, nearest in UNKNOWN_REGIONS.items():
        error = refused(parse, cell)
        assert error.code == "UNKNOWN_REGION"
        assert nearest in error.reason
        assert all(f"({parse(valid)})" in nearest for valid in error.valid.split(", "))
    for cell in ("Казахстан", "Байқоңыр", "99", "K"):
        error = refused(parse, cell)
        assert ("nearest" in error.reason, error.valid) == (False, "")
    assert parse("\ufeff") is None


async def test_countries() -> None:
    parse = await places.countries()
    check(parse, COUNTRIES)
    for cell, nearest in UNKNOWN_COUNTRIES.items():
        error = refused(parse, cell)
        assert error.code == "UNKNOWN_COUNTRY"
        assert nearest in error.reason
        assert all(f"({parse(valid)})" in nearest for valid in error.valid.split(", "))
    # Cyrillic letters that look like the codes of other countries.
    for cell in ("КР", "КЗ", "СА", "XX"):
        assert refused(parse, cell).code == "UNKNOWN_COUNTRY"


async def test_all_names_and_aliases_stand_for_one_place_each() -> None:
    for table, parse in (
        ("regions", await places.regions()),
        ("countries", await places.countries()),
    ):
        for code, *names in await fetch(f"SELECT code, name_kk, name_ru, name_en FROM {table}"):
            for name in filter(None, (code, *names, *aliases().get(code, ()))):
                if name not in CONGO:
                    assert parse(name) == parse(name.upper()) == code, name


async def test_aliases_are_of_places_that_exist() -> None:
    known = [
        code for (code,) in await fetch("SELECT code FROM regions UNION SELECT code FROM countries")
    ]
    assert aliases().keys() <= set(known)
