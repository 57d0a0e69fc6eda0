"""Placements of UN Volunteers, and their reports."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from erikti.demo.nation import Nation, Row
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
REPORTS = (
    (
        ReportKind.INTERIM,
        timedelta(days=180),
        ("Аралық есеп", "Промежуточный отчёт", "Interim report"),
    ),
    (
        ReportKind.FINAL,
        LENGTH,
        ("Қорытынды есеп", "Итоговый отчёт", "Final report"),
    ),
)


def placement_rows(nation: Nation) -> Iterator[Row]:
    """Yield all assignments as rows, with volunteers of the registry."""
    citizens = volunteers_of(nation).citizens(CHOSEN_BY, nation.random("placements"))
    people = (person for person in citizens if may_apply(person["birth_date"]))
    for number, (post, person) in enumerate(zip(POSTS, people, strict=False), 1):
        yield placement(_source_id(number), post, person, nation)


def placement(source_id: str, post: Post, person: Row, nation: Nation) -> Row:
    """Return the assignment of a person as a row."""
    ends_on = post.starts_on + LENGTH
    is_over = ends_on < nation.today
    return {
        "source_system": SYSTEM,
        "source_id": source_id,
        **person,
        "programme": post.programme,
        "host_entity": post.host,
        "duty_station": post.station,
        "category": post.category,
        **named("title", post.titles),
        "goals": post.goals,
        "starts_on": post.starts_on,
        "ends_on": ends_on,
        "status": PlacementStatus.COMPLETED if is_over else PlacementStatus.ACTIVE,
        "funder": FUNDER,
    }


def report_rows(nation: Nation) -> Iterator[Row]:
    """Yield the reports that are due by today, as rows."""
    for number, post in enumerate(POSTS, 1):
        yield from reports(_source_id(number), post, nation)


def reports(placed: str, post: Post, nation: Nation) -> Iterator[Row]:
    """Yield the reports of a placement that are due by today."""
    for number, (kind, after, titles) in enumerate(REPORTS, 1):
        if post.starts_on + after <= nation.today:
            yield {
                "source_system": SYSTEM,
                "source_id": f"{placed}-{number}",
                "placement": placed,
                "kind": kind,
                **named("title", titles),
                "submitted_on": post.starts_on + after,
            }


def _source_id(number: int) -> str:
    return f"A-{number:02d}"


def may_apply(birth_date: object) -> bool:
    return isinstance(birth_date, date) and birth_date.year in BORN
