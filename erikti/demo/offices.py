"""Front offices and committees."""

from collections.abc import Iterator, Sequence
from datetime import date

from erikti.demo import regions
from erikti.demo.nation import REGISTRY, Row
from erikti.demo.numbers import phone
from models.volunteers import FrontOfficeKind

FRONT_OFFICES = 1 + len(regions.NAMES)
NATIONAL_OFFICE = (
    "Ұлттық еріктілер фронт-кеңсесі",
    "Национальный фронт-офис волонтёров",
    "National Volunteer Front Office",
)
REGIONAL_OFFICE = (
    "Еріктілер фронт-кеңсесі: {}",
    "Фронт-офис волонтёров: {}",
    "Volunteer Front Office: {}",
)
COMMITTEES = (
    (
        "Халықаралық еріктілер жылын (2026) өткізу жөніндегі ұлттық ұйымдастыру комитеті",
        "Национальный организационный комитет Международного года добровольцев 2026",
        "National Organising Committee of the International Volunteer Year 2026",
        date(2025, 4, 1),
    ),
    (
        "ТМД еріктілерінің форумын дайындау жөніндегі жұмыс тобы",
        "Рабочая группа по подготовке Форума волонтёров СНГ",
        "Working Group on the Preparation of the CIS Volunteers' Forum",
        date(2025, 9, 1),
    ),
    (
        "Еріктілік қызметті дамыту жөніндегі үйлестіру кеңесі",
        "Координационный совет по развитию волонтёрской деятельности",
        "Coordination Council for the Development of Volunteering",
        date(2020, 3, 2),
    ),
)


def front_office_rows() -> Iterator[Row]:
    """Yield the national front office and one for each region."""
    yield _front_office(0, FrontOfficeKind.NATIONAL, None, NATIONAL_OFFICE)
    for number, (code, names) in enumerate(regions.NAMES.items(), 1):
        titles = [form.format(name) for form, name in zip(REGIONAL_OFFICE, names, strict=True)]
        yield _front_office(number, FrontOfficeKind.REGIONAL, code, titles)


def committee_rows() -> Iterator[Row]:
    """Yield the committees, which have no members."""
    for number, (kazakh, russian, english, established_on) in enumerate(COMMITTEES, 1):
        yield {
            "source_system": REGISTRY,
            "source_id": f"C-{number}",
            "name_kk": kazakh,
            "name_ru": russian,
            "name_en": english,
            "established_on": established_on,
        }


def _front_office(
    number: int, kind: FrontOfficeKind, region: str | None, names: Sequence[str]
) -> Row:
    return {
        "source_system": REGISTRY,
        "source_id": f"F-{number:02d}",
        "kind": kind,
        "region": region,
        "name_kk": names[0],
        "name_ru": names[1],
        "name_en": names[2],
        "phone": phone(number),
    }
