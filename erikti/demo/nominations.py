"""Nominations for the award, from the application to the laureates of six countries."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random
from typing import NamedTuple

from erikti.demo.awards import EDITIONS, SYSTEM, categories
from erikti.demo.nation import Nation, Row, shares
from erikti.demo.organisations import Organisation, organisations
from erikti.demo.people import HOME, foreigner
from erikti.demo.volunteers import volunteers_of
from models.awards import NominationStage

CLOSES = (10, 1)  # the last day for applications
# Candidates after technical screening; the other editions have some twelve per category.
CANDIDATES = {2025: 174}
CANDIDATES_PER_CATEGORY = 12
APPLICATIONS = 6  # per category, that did not pass the screening
TOP_TEN = 10
WITHOUT_SCORE = 2  # of the top ten, who were not scored by the experts
# The other countries of the laureates: one laureate each, in as many categories.
ABROAD = {
    2022: ("RU",),
    2023: ("KG", "UZ"),
    2024: ("AZ", "RU", "UZ"),
    2025: ("AZ", "KG", "RU", "TR"),
}
FOR_ORGANISATIONS = ("BEST_ORGANISATION", "CORPORATE_LEADER", "NOMINATION_1", "NOMINATION_2")
ORGANISATION_SHARE = 0.08  # in the other categories
STAGES = (
    NominationStage.LAUREATE,
    NominationStage.EXPERT_SCORE,
    NominationStage.TOP_TEN,
    NominationStage.PUBLIC_VOTE,
    NominationStage.SCREENING,
)
CITATION = "Еріктілік қызметке қосқан үлесі үшін"


def stages(year: int) -> list[list[NominationStage]]:
    """Return the stages of the nominations in each category of an edition, best first."""
    size, laureates = EDITIONS[year]
    candidates = CANDIDATES.get(year, size * CANDIDATES_PER_CATEGORY)
    return stages_of_edition(size, laureates, candidates)


def stages_of_edition(size: int, laureates: int, candidates: int) -> list[list[NominationStage]]:
    """Return the stages in each of ``size`` categories, which share laureates and candidates."""
    even = [1.0] * size
    pairs = zip(shares(laureates, even), shares(candidates, even), strict=True)
    return [_stages_of(won, number) for won, number in pairs]


@cache
def size() -> int:
    """Return the number of nominations."""
    return sum(len(category) for year in EDITIONS for category in stages(year))


def nomination_rows(nation: Nation) -> Iterator[Row]:
    """Yield all nominations as rows, edition by edition."""
    number = 0
    for year in EDITIONS:
        edition = Edition(year, categories(year), stages(year), ABROAD.get(year, ()))
        for row in edition_nominations(nation, edition, date(year, *CLOSES)):
            number += 1
            yield {"source_id": f"{number:05d}", **row}


class Edition(NamedTuple):
    """An edition: the codes and stages of its categories, and countries of laureates abroad."""

    year: int
    codes: Sequence[str]
    stages: Sequence[Sequence[NominationStage]]
    abroad: Sequence[str]


def edition_nominations(
    nation: Nation,
    edition: Edition,
    known_by: date,
    highest: NominationStage = STAGES[0],
) -> Iterator[Row]:
    """Yield the nominations of an edition, of nominees who were registered by a day.

    None is beyond the ``highest`` stage, because the next round has not taken place yet.
    """
    chance = nation.random(f"nominations-{edition.year}")
    people = volunteers_of(nation).citizens(known_by, chance)
    known = [each for each in organisations(nation) if each.registered_on <= known_by]
    chance.shuffle(known)
    bodies = iter(known)
    abroad = dict(enumerate(reversed(edition.abroad), 1))
    for index, (code, ends) in enumerate(zip(edition.codes, edition.stages, strict=True)):
        # Counted from the end: the first categories are for organisations.
        foreign = abroad.get(len(edition.codes) - index)
        for rank, end in enumerate(ends):
            stage = max(end, highest, key=_place)
            yield {
                "source_system": SYSTEM,
                "edition": edition.year,
                "category": code,
                **_nominee(code, foreign if rank == 0 else None, people, bodies, chance),
                "stage": stage,
                **_success(stage, rank, chance),
            }


def _place(stage: NominationStage) -> int:
    """Return the place of a stage, 0 for the best."""
    return STAGES.index(stage) if stage in STAGES else len(STAGES)


def _nominee(
    code: str,
    foreign: str | None,
    people: Iterator[dict[str, object]],
    bodies: Iterator[Organisation],
    chance: Random,
) -> Mapping[str, object]:
    if foreign:
        return {**foreigner(foreign, chance), "country": foreign}
    if code in FOR_ORGANISATIONS or chance.random() < ORGANISATION_SHARE:
        return {"nominee_organisation": next(bodies).bin, "country": HOME}
    return {**next(people), "country": HOME}


def _success(stage: NominationStage, rank: int, chance: Random) -> Row:
    """Return votes and score for the stages that have them; better ranks have higher ones."""
    place = _place(stage)
    voted = place <= STAGES.index(NominationStage.PUBLIC_VOTE)
    scored = place <= STAGES.index(NominationStage.EXPERT_SCORE)
    in_vote = TOP_TEN + 2 - rank
    score = Decimal(9900 - 350 * rank - chance.randrange(300)) / 100
    return {
        "votes": 150 * in_vote * in_vote + chance.randrange(150) if voted else None,
        "expert_score": score if scored else None,
        "citation": CITATION if stage is NominationStage.LAUREATE else None,
    }


def _stages_of(laureates: int, candidates: int) -> list[NominationStage]:
    scored = TOP_TEN - WITHOUT_SCORE - laureates
    counts = (laureates, scored, WITHOUT_SCORE, 1, candidates - TOP_TEN - 1)
    reached = [stage for stage, n in zip(STAGES, counts, strict=True) for _ in range(n)]
    return reached + [NominationStage.APPLICATION] * APPLICATIONS
