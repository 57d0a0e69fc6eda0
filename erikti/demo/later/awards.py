"""The award in the years after the publication: open, in its rounds, or decided by today."""

from collections.abc import Iterator
from datetime import date
from functools import cache

from erikti.demo.awards import CEREMONY, category_row, edition_row
from erikti.demo.later.calendar import years
from erikti.demo.nation import Nation, Row
from erikti.demo.nominations import (
    CANDIDATES_PER_CATEGORY,
    CLOSES,
    STAGES,
    Edition,
    edition_nominations,
    stages_of_edition,
)
from models.awards import NominationStage

CATEGORIES, LAUREATES = 15, 60
CANDIDATES = CATEGORIES * CANDIDATES_PER_CATEGORY
OPENS = (3, 1)  # applications
# The highest stage that a nomination can have reached from a day of the year on.
ROUNDS = (
    ((11, 1), NominationStage.SCREENING),
    ((11, 20), NominationStage.PUBLIC_VOTE),
    (CEREMONY, NominationStage.EXPERT_SCORE),
)
ABROAD = ("KG", "UZ", "RU")


def later_editions(nation: Nation) -> list[int]:
    """Return the years of the editions that take applications or did so."""
    return [year for year in years(nation) if nation.today >= date(year, *OPENS)]


def later_edition_rows(nation: Nation) -> Iterator[Row]:
    """Yield the editions."""
    return map(edition_row, later_editions(nation))


def later_category_rows(nation: Nation) -> Iterator[Row]:
    """Yield the categories of all editions."""
    for year in later_editions(nation):
        for number, code in enumerate(_codes(), 1):
            yield category_row(year, number, code)


@cache
def later_nominations(nation: Nation) -> tuple[Row, ...]:
    """Return the nominations of all editions, each at the stage of today."""
    return tuple(row for year in later_editions(nation) for row in _nominations(nation, year))


def _nominations(nation: Nation, year: int) -> Iterator[Row]:
    ends = stages_of_edition(CATEGORIES, LAUREATES, CANDIDATES)
    opened, closes = date(year, *OPENS), date(year, *CLOSES)
    share = (nation.today - opened).days / (closes - opened).days
    chance = nation.random(f"applied-{year}")
    edition = Edition(year, _codes(), ends, ABROAD)
    rows = edition_nominations(nation, edition, opened, _highest(nation.today, year))
    for number, row in enumerate(rows, 1):
        if chance.random() < share:  # the others have not applied yet
            yield {"source_id": f"{year}-{number:04d}", **row}


def _codes() -> list[str]:
    return [f"NOMINATION_{number}" for number in range(1, CATEGORIES + 1)]


def _highest(today: date, year: int) -> NominationStage:
    """Return the highest stage that an edition has reached by a day."""
    if today < date(year, *CLOSES):
        return NominationStage.APPLICATION
    for until, stage in ROUNDS:
        if today < date(year, *until):
            return stage
    return STAGES[0]
