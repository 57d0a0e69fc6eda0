"""Published figures, counted from the rows of a country like the statistics from tables."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache

from erikti.demo.nation import Nation, Row
from erikti.demo.tables import tables

Rows = Callable[[str], Iterable[Row]]


def rows_of(nation: Nation) -> Rows:
    """Return the rows of a country by kind."""
    known = {table.kind: table.rows for table in tables(nation)}
    return lambda kind: known[kind]()


def year_of(value: object) -> int:
    """Return the year of a date or an instant."""
    assert isinstance(value, date | datetime)
    return value.year


def overlaps(row: Row, year: int) -> bool:
    """Return whether a period overlaps a year."""
    return year_of(row["starts_on"]) <= year <= year_of(row["ends_on"])


def number(value: object) -> int:
    """Return an integer value of a row."""
    assert isinstance(value, int)
    return value


@cache
def active(rows: Rows, year: int) -> Counter[bool]:
    """Return the active volunteers registered by the end of a year, silver or not."""
    return Counter(
        row["silver"] is True
        for row in rows("volunteers")
        if row["status"] == "ACTIVE" and year_of(row["registered_on"]) <= year
    )


def laureates(rows: Rows, years: Iterable[int]) -> list[Row]:
    """Return the winning nominations of some editions."""
    known = set(years)
    return [
        row for row in rows("nominations") if row["stage"] == "LAUREATE" and row["edition"] in known
    ]


def placed(rows: Rows, year: int, kind: str) -> list[Row]:
    """Return the placements of programmes of one kind that overlap a year."""
    programmes = {row["source_id"] for row in rows("programmes") if row["kind"] == kind}
    return [
        row for row in rows("placements") if row["programme"] in programmes and overlaps(row, year)
    ]


def _count(kind: str, column: str) -> Callable[[Rows, int], int]:
    return lambda rows, year: sum(year_of(row[column]) == year for row in rows(kind))


def _offices(kind: str) -> Callable[[Rows, int], int]:
    return lambda rows, _: sum(row["kind"] == kind for row in rows("front-offices"))


FIGURES: dict[str, Callable[[Rows, int], object]] = {
    "volunteers.active": lambda rows, year: active(rows, year).total(),
    "volunteers.silver": lambda rows, year: active(rows, year)[True],
    "organisations": lambda rows, year: sum(
        year_of(row["registered_on"]) <= year for row in rows("organisations")
    ),
    "front_offices.national": _offices("NATIONAL"),
    "front_offices.regional": _offices("REGIONAL"),
    "call_centre": lambda rows, year: len(
        {row["call_centre"] for row in rows("enquiries") if year_of(row["opened_at"]) == year}
    ),
    "projects": _count("projects", "starts_on"),
    "grants": _count("grants", "awarded_on"),
    "good_deeds.count": lambda rows, year: sum(
        row["edition"] == year for row in rows("good-deeds")
    ),
    "good_deeds.participants": lambda rows, year: sum(
        number(row["participant_count"]) for row in rows("good-deeds") if row["edition"] == year
    ),
    "awards.laureates.all_years": lambda rows, year: len(laureates(rows, range(2000, year + 1))),
    "awards.laureates.countries": lambda rows, year: {
        row["country"] for row in laureates(rows, range(2000, year + 1))
    },
    "awards.laureates.2025": lambda rows, year: len(laureates(rows, [year])),
    "awards.candidates.2025": lambda rows, year: sum(
        row["edition"] == year and row["stage"] != "APPLICATION" for row in rows("nominations")
    ),
    "awards.categories.2025": lambda rows, year: sum(
        row["edition"] == year for row in rows("award-categories")
    ),
    "un_placements.full_funding": lambda rows, year: len(placed(rows, year, "FULL_FUNDING")),
    "un_placements.applicants": lambda rows, year: sum(
        number(row["applicant_count"])
        for row in rows("programmes")
        if row["kind"] == "FULL_FUNDING" and row["call_year"] == year
    ),
    "un_placements.ivy_coordination": lambda rows, year: len(
        placed(rows, year, "IVY_COORDINATION")
    ),
    "cis_forum.first_edition": lambda rows, year: next(
        row["host_city_en"] for row in rows("forums") if row["year"] == year
    ),
}


def agrees(published: str, counted: object) -> bool:
    """Return whether a counted figure matches the published number, range, countries or word."""
    low, dots, high = published.partition("..")
    if dots:
        return int(low) <= number(counted) <= int(high)
    if isinstance(counted, set):
        return counted == set(published.split())
    return str(counted) == published
