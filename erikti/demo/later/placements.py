"""Full funding in the years after the publication: a call in each, with posts like the first."""

from collections.abc import Iterator
from datetime import date

from erikti.demo.later.calendar import FIRST_YEAR, years
from erikti.demo.nation import Nation, Row
from erikti.demo.placements import CHOSEN_BY, POSTS, Post, may_apply, placement, reports
from erikti.demo.un_placements import FULL_FUNDING, PROGRAMMES, programme_row
from erikti.demo.volunteers import volunteers_of

LIKE = [post for post in POSTS if post.programme == FULL_FUNDING]
FIRST, MORE = 281, 15  # applicants of the first call, and how many more each has
CALL_MONTH = 3


def later_programme_rows(nation: Nation) -> Iterator[Row]:
    """Yield the programmes whose call was published by today."""
    (model,) = (row for row in PROGRAMMES if row[0] == FULL_FUNDING)
    _, kind, _, places, _, *names = model
    for year in _calls(nation):
        code, applicants = f"FF-{year}", FIRST + MORE * (year - FIRST_YEAR + 1)
        yield programme_row(code, kind, year, places, applicants, names)


def later_placement_rows(nation: Nation) -> Iterator[Row]:
    """Yield the assignments that started by today."""
    for year in _calls(nation):
        chosen_by = CHOSEN_BY.replace(year=year)
        citizens = volunteers_of(nation).citizens(chosen_by, nation.random(f"placements-{year}"))
        people = (person for person in citizens if may_apply(person["birth_date"]))
        for (source_id, post), person in zip(_posts(nation, year), people, strict=False):
            yield placement(source_id, post, person, nation)


def later_report_rows(nation: Nation) -> Iterator[Row]:
    """Yield the reports that are due by today."""
    for year in _calls(nation):
        for source_id, post in _posts(nation, year):
            yield from reports(source_id, post, nation)


def _calls(nation: Nation) -> Iterator[int]:
    """Yield the years of calls; the one of 2025 is among those that were not published."""
    for year in (FIRST_YEAR - 1, *years(nation)):
        if nation.today >= date(max(year, FIRST_YEAR), 1 if year < FIRST_YEAR else CALL_MONTH, 1):
            yield year


def _posts(nation: Nation, year: int) -> Iterator[tuple[str, Post]]:
    """Yield the posts of a call, in the year after it, with their identifiers."""
    for number, post in enumerate(LIKE, 1):
        starts_on = post.starts_on.replace(year=year + 1)
        if starts_on <= nation.today:
            yield (
                f"A-{year}-{number:02d}",
                post._replace(programme=f"FF-{year}", starts_on=starts_on),
            )
