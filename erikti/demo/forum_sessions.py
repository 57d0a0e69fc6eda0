"""The generated programme of the Forum."""

from collections.abc import Iterator
from datetime import UTC, datetime

from erikti.demo.cis_forum import FIRST_DAY, SYSTEM, YEAR
from erikti.demo.nation import Row
from models.cis_forum import SessionFormat

# Day, start and end hours in UTC, format and titles.
SESSIONS = (
    (16, 4, 5, SessionFormat.CEREMONY, "Форумның ашылуы", "Открытие форума", "Opening"),
    (16, 5, 8, SessionFormat.PLENARY, "ТМД-дағы еріктілік", "Волонтёрство в СНГ",
     "Volunteering in the CIS"),
    (16, 9, 11, SessionFormat.PANEL, "Деректермен алмасу", "Обмен данными", "Exchange of Data"),
    (16, 9, 11, SessionFormat.PANEL, "Күміс еріктілер", "Серебряное волонтёрство",
     "Silver Volunteering"),
    (17, 4, 6, SessionFormat.PANEL, "Төтенше жағдайлардағы еріктілер",
     "Волонтёры в чрезвычайных ситуациях",
     "Volunteers in Emergencies"),
    (17, 6, 8, SessionFormat.WORKSHOP, "Іздеу жасағын ұйымдастыру", "Организация поискового отряда",
     "Running a Search Team"),
    (17, 6, 8, SessionFormat.WORKSHOP, "Сағаттарды есепке алу", "Учёт волонтёрских часов",
     "Recording Volunteer Hours"),
    (17, 9, 11, SessionFormat.WORKSHOP, "Корпоративтік еріктілік", "Корпоративное волонтёрство",
     "Corporate Volunteering"),
    (18, 4, 7, SessionFormat.PLENARY, "Халықаралық еріктілер жылы 2026",
     "Международный год добровольцев 2026",
     "International Volunteer Year 2026"),
    (18, 8, 9, SessionFormat.CEREMONY, "Форумның жабылуы", "Закрытие форума", "Closing"),
)  # fmt: skip


def source_id(number: int) -> str:
    """Return the identifier of a session by its number from 1."""
    return f"{YEAR}-S{number:02d}"


def session_rows() -> Iterator[Row]:
    """Yield the programme as rows."""
    for number, (day, starts, ends, form, kazakh, russian, english) in enumerate(SESSIONS, 1):
        yield {
            "source_system": SYSTEM,
            "source_id": source_id(number),
            "forum": YEAR,
            "title_kk": kazakh,
            "title_ru": russian,
            "title_en": english,
            "format": form,
            "starts_at": datetime(YEAR, FIRST_DAY.month, day, starts, tzinfo=UTC),
            "ends_at": datetime(YEAR, FIRST_DAY.month, day, ends, tzinfo=UTC),
        }
