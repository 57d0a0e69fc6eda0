"""State-funded UN Volunteers: seven at work, two for the International Volunteer Year 2026.

Numbers, countries and the 266 applicants were published; the assignments are generated.
"""

from collections.abc import Iterator, Sequence

from erikti.demo.nation import Row
from models.un_placements import ProgrammeKind

SYSTEM = "UNV-DEMO"
FULL_FUNDING, COORDINATION = "FF-2024", "IVY-2025"
PROGRAMMES = (
    (FULL_FUNDING, ProgrammeKind.FULL_FUNDING, 2024, 7, 266,
     "БҰҰ еріктілерін толық қаржыландыру бағдарламасы",
     "Программа полного финансирования волонтёров ООН",
     "UN Volunteers Full Funding Programme"),
    (COORDINATION, ProgrammeKind.IVY_COORDINATION, 2025, 2, None,
     "Халықаралық еріктілер жылын (2026) үйлестіру",
     "Координация Международного года добровольцев 2026",
     "Coordination of the International Volunteer Year 2026"),
)  # fmt: skip
HOSTS = (
    ("UNEP", "БҰҰ Қоршаған орта бағдарламасы", "Программа ООН по окружающей среде",
     "United Nations Environment Programme"),
    ("UN-Habitat", "БҰҰ Елді мекендер бағдарламасы", "Программа ООН по населённым пунктам",
     "United Nations Human Settlements Programme"),
    ("UNDP", "БҰҰ Даму бағдарламасы", "Программа развития ООН",
     "United Nations Development Programme"),
    ("UN Women", "БҰҰ-Әйелдер құрылымы", "Структура «ООН-женщины»", "UN Women"),
    ("ESCAP", "БҰҰ Азия және Тынық мұхиты экономикалық және әлеуметтік комиссиясы",
     "Экономическая и социальная комиссия ООН для Азии и Тихого океана",
     "UN Economic and Social Commission for Asia and the Pacific"),
    ("UNV", "БҰҰ Еріктілері бағдарламасы", "Программа добровольцев ООН",
     "United Nations Volunteers programme"),
)  # fmt: skip
STATIONS = (
    ("NBO", "Найроби", "Найроби", "Nairobi", "KE"),
    ("IST", "Стамбұл", "Стамбул", "Istanbul", "TR"),
    ("BKK", "Бангкок", "Бангкок", "Bangkok", "TH"),
)


def programme_rows() -> Iterator[Row]:
    """Yield the two programmes as rows."""
    for code, kind, year, places, applicants, *names in PROGRAMMES:
        yield programme_row(code, kind, year, places, applicants, names)


def programme_row(
    code: str,
    kind: ProgrammeKind,
    year: int,
    places: int,
    applicants: int | None,
    names: Sequence[str],
) -> Row:
    """Return a programme as a row."""
    return {
        "source_system": SYSTEM,
        "source_id": code,
        **named("name", names),
        "kind": kind,
        "call_year": year,
        "places": places,
        "applicant_count": applicants,
    }


def host_entity_rows() -> Iterator[Row]:
    """Yield the United Nations bodies as rows."""
    for acronym, *names in HOSTS:
        yield {
            "source_system": SYSTEM,
            "source_id": acronym,
            "acronym": acronym,
            **named("name", names),
        }


def duty_station_rows() -> Iterator[Row]:
    """Yield the cities as rows."""
    for code, kazakh, russian, english, country in STATIONS:
        yield {
            "source_system": SYSTEM,
            "source_id": code,
            **named("name", (kazakh, russian, english)),
            "country": country,
        }


def named(prefix: str, names: Sequence[str]) -> dict[str, str]:
    """Return the columns of a name or title in Kazakh, Russian and English."""
    return dict(zip((f"{prefix}_kk", f"{prefix}_ru", f"{prefix}_en"), names, strict=True))
