"""The award "Volunteer of the Year": editions 2020 to 2025 and their categories."""

from collections.abc import Iterator
from datetime import date

from erikti.demo.nation import Row

SYSTEM = "AWARD-DEMO"
# Categories and laureates of each edition, 297 laureates in total.
EDITIONS = {
    2020: (10, 40),
    2021: (11, 45),
    2022: (12, 50),
    2023: (13, 54),
    2024: (14, 58),
    2025: (15, 50),
}
CATEGORIES = sum(categories for categories, _ in EDITIONS.values())
CEREMONY = (12, 5)
# The categories of 2025 that were published, with their names in Kazakh, Russian and
# English (translated; None if not published). All others are named by number.
PUBLISHED = {
    "BEST_ORGANISATION": (
        "Үздік волонтёрлік ұйым",
        "Лучшая волонтерская организация",
        "Best volunteer organisation",
    ),
    "CORPORATE_LEADER": (
        "Корпоративтік волонтёрліктің көшбасшысы",
        "Лидер корпоративного волонтерства",
        "Leader of corporate volunteering",
    ),
    "SDG_LEADER": (
        "Тұрақты даму мақсаттарының көшбасшысы",
        "Лидеры целей устойчивого развития",
        "Leaders of the Sustainable Development Goals",
    ),
    "SOCIAL_HELPER": (
        "Үздік әлеуметтік көмекші",
        "Лучший социальный помощник",
        "Best social helper",
    ),
    "EMERGENCY_RESPONSE": (
        "Төтенше жағдайларды жоюға белсенді қатысқаны үшін",
        "За активное участие в ликвидации чрезвычайных ситуаций",
        "For active part in emergency response",
    ),
    "MISSING_PERSONS": (
        "Із-түссіз жоғалған адамдарды іздеуге белсенді қатысқаны үшін",
        "За активное участие в поиске пропавших без вести",
        "For active part in the search for missing persons",
    ),
    "CRIME_VICTIMS": (
        "Құқық бұзушылық құрбандарына көмек көрсетуге белсенді қатысқаны үшін",
        "За активное участие в оказании помощи жертвам правонарушений",
        "For active part in helping victims of offences",
    ),
    "HEALTHCARE": (
        "Денсаулық сақтау саласын дамытуға қосқан үлесі үшін",
        "За активное участие в развитии здравоохранения",
        "For contribution to health care",
    ),
    "HEALTHY_LIFESTYLE": (
        "Салауатты өмір салтын насихаттауға белсенді қатысқаны үшін",
        "За активное участие в пропаганде здорового образа жизни",
        "For active part in promoting a healthy way of life",
    ),
    "KNOWLEDGE": (
        "Білімді дәріптеуге қосқан үлесі үшін",
        "За вклад в распространении знаний",
        "For contribution to spreading knowledge",
    ),
    "ENVIRONMENT": (
        None,
        "За вклад в сохранение и защиту окружающей среды",
        "For contribution to protecting the environment",
    ),
}
PUBLISHED_EDITION = 2025


def categories(year: int) -> list[str]:
    """Return the codes of the categories of an edition."""
    known = list(PUBLISHED) if year == PUBLISHED_EDITION else []
    size, _ = EDITIONS[year]
    return known + [f"NOMINATION_{number}" for number in range(len(known) + 1, size + 1)]


def edition_rows() -> Iterator[Row]:
    """Yield all editions as rows."""
    return map(edition_row, EDITIONS)


def edition_row(year: int) -> Row:
    """Return an edition as a row."""
    return {
        "source_system": SYSTEM,
        "source_id": str(year),
        "year": year,
        "ceremony_on": date(year, *CEREMONY),
    }


def category_rows() -> Iterator[Row]:
    """Yield the categories of all editions as rows."""
    for year in EDITIONS:
        for number, code in enumerate(categories(year), 1):
            yield category_row(year, number, code)


def category_row(year: int, number: int, code: str) -> Row:
    """Return a category of an edition as a row."""
    kazakh, russian, english = PUBLISHED.get(
        code, (f"{number}-номинация", f"Номинация {number}", f"Nomination {number}")
    )
    return {
        "source_system": SYSTEM,
        "source_id": f"{year}-{number:02d}",
        "edition": year,
        "code": code,
        "name_kk": kazakh,
        "name_ru": russian,
        "name_en": english,
    }
