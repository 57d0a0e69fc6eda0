"""Placements of UN Volunteers, and their reports."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from erikti.demo.nation import TODAY, Nation, Row
from erikti.demo.un_placements import COORDINATION, FULL_FUNDING, SYSTEM, named
from erikti.demo.volunteers import volunteers_of
from models.un_placements import PlacementStatus, ReportKind, UnvCategory

FUNDER = "Қазақстан Республикасының Үкіметі"
CHOSEN_BY = date(2024, 6, 30)  # volunteers of the registry by then could apply
BORN = range(1988, 2002)  # between 22 and 35 years of age


class Post(NamedTuple):
    """An assignment, independent of the person."""

    programme: str
    host: str
    station: str
    category: UnvCategory
    goals: tuple[int, ...]
    starts_on: date
    titles: tuple[str, str, str]


_SPECIALIST, _YOUTH = UnvCategory.INT_SPECIALIST, UnvCategory.INT_YOUTH
POSTS = (
    Post(FULL_FUNDING, "UNEP", "NBO", _SPECIALIST, (13, 15), date(2025, 2, 3),
         ("Климат бағдарламасының маманы", "Специалист по климатической программе",
          "Climate Programme Officer")),
    Post(FULL_FUNDING, "UNEP", "NBO", _YOUTH, (12, 13), date(2025, 2, 3),
         ("Жастармен байланыс маманы", "Специалист по работе с молодёжью",
          "Youth Engagement Officer")),
    Post(FULL_FUNDING, "UN-Habitat", "NBO", _SPECIALIST, (11,), date(2025, 2, 17),
         ("Қала деректерінің талдаушысы", "Аналитик городских данных", "Urban Data Analyst")),
    Post(FULL_FUNDING, "UNDP", "IST", _SPECIALIST, (16, 17), date(2025, 3, 3),
         ("Цифрлық басқару маманы", "Специалист по цифровому управлению",
          "Digital Governance Officer")),
    Post(FULL_FUNDING, "UN Women", "IST", _YOUTH, (5,), date(2025, 3, 3),
         ("Гендерлік теңдік бағдарламасының көмекшісі",
          "Ассистент программы гендерного равенства", "Gender Equality Programme Assistant")),
    Post(FULL_FUNDING, "ESCAP", "BKK", _SPECIALIST, (9, 17), date(2025, 3, 17),
         ("Өңірлік ынтымақтастық маманы", "Специалист по региональному сотрудничеству",
          "Regional Cooperation Officer")),
    Post(FULL_FUNDING, "UNDP", "BKK", _YOUTH, (1, 8), date(2025, 3, 17),
         ("Инновация бағдарламасының көмекшісі", "Ассистент инновационной программы",
          "Innovation Programme Assistant")),
    Post(COORDINATION, "UNV", "IST", _SPECIALIST, (17,), date(2025, 9, 1),
         ("Халықаралық еріктілер жылының үйлестірушісі",
          "Координатор Международного года добровольцев", "IVY 2026 Coordination Officer")),
    Post(COORDINATION, "UNV", "BKK", _SPECIALIST, (17,), date(2025, 9, 1),
         ("Халықаралық еріктілер жылының үйлестірушісі",
          "Координатор Международного года добровольцев", "IVY 2026 Coordination Officer")),
)  # fmt: skip
LENGTH = timedelta(days=364)  # one year, the last day included
REPORT_AFTER = timedelta(days=180)
REPORT_TITLES = ("Аралық есеп", "Промежуточный отчёт", "Interim report")


def placement_rows(nation: Nation) -> Iterator[Row]:
    """Yield all assignments as rows, with volunteers of the registry."""
    citizens = volunteers_of(nation).citizens(CHOSEN_BY, nation.random("placements"))
    people = (person for person in citizens if _may_apply(person["birth_date"]))
    for number, (post, person) in enumerate(zip(POSTS, people, strict=False), 1):
        yield {
            "source_system": SYSTEM,
            "source_id": _source_id(number),
            **person,
            "programme": post.programme,
            "host_entity": post.host,
            "duty_station": post.station,
            "category": post.category,
            **named("title", post.titles),
            "goals": post.goals,
            "starts_on": post.starts_on,
            "ends_on": post.starts_on + LENGTH,
            "status": PlacementStatus.ACTIVE,
            "funder": FUNDER,
        }


def report_rows() -> Iterator[Row]:
    """Yield the interim reports that are due by today, as rows."""
    for number, post in enumerate(POSTS, 1):
        if _reported(post):
            yield {
                "source_system": SYSTEM,
                "source_id": f"{_source_id(number)}-1",
                "placement": _source_id(number),
                "kind": ReportKind.INTERIM,
                **named("title", REPORT_TITLES),
                "submitted_on": post.starts_on + REPORT_AFTER,
            }


def _reported(post: Post) -> bool:
    return post.starts_on + REPORT_AFTER <= TODAY


def _source_id(number: int) -> str:
    return f"A-{number:02d}"


def _may_apply(birth_date: object) -> bool:
    return isinstance(birth_date, date) and birth_date.year in BORN


REPORTS = sum(map(_reported, POSTS))
