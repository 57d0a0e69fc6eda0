"""Nominations for the award, from the application to the laureates of six countries."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random

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
    even = [1.0] * size
    candidates = CANDIDATES.get(year, size * CANDIDATES_PER_CATEGORY)
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
        for row in _edition(nation, year):
            number += 1
            yield {"source_system": SYSTEM, "source_id": f"{number:05d}", "edition": year, **row}


def _edition(nation: Nation, year: int) -> Iterator[Row]:
    chance = nation.random(f"nominations-{year}")
    closes = date(year, *CLOSES)
    people = volunteers_of(nation).citizens(closes, chance)
    known = [each for each in organisations(nation) if each.registered_on <= closes]
    chance.shuffle(known)
    bodies = iter(known)
    abroad = dict(enumerate(reversed(ABROAD.get(year, ())), 1))
    for index, (code, reached) in enumerate(zip(categories(year), stages(year), strict=True)):
        # Counted from the end: the first categories are for organisations.
        foreign = abroad.get(len(categories(year)) - index)
        for rank, stage in enumerate(reached):
            yield {
                "category": code,
                **_nominee(code, foreign if rank == 0 else None, people, bodies, chance),
                "stage": stage,
                **_success(stage, rank, chance),
            }


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
    place = STAGES.index(stage) if stage in STAGES else len(STAGES)
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
