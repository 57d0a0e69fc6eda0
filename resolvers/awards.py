"""Fields of the "Volunteer of the Year" award."""

from typing import Any

from erikti.errors import NotFoundError
from models.awards import NominationStage
from resolvers.context import Info
from resolvers.dataloaders.listings import Comparison
from resolvers.personal_policy import party
from resolvers.statistics import Year, check_year

LAUREATE = Comparison("stage", "eq", NominationStage.LAUREATE)


async def award_edition(info: Info, year: Year) -> Any:
    """Return the award's edition of a year; raises NotFoundError if there is none."""
    check_year(year)
    row = await info.context.loaders.awards.edition_by_year.load(year)
    if row is None:
        raise NotFoundError(f"year: there is no award edition of {year}", argument="year")
    return row


# Resolves the nominated person or organisation.
nominee = party(
    "nominee_person_id",
    "nominee_organisation_id",
    public=lambda nomination: nomination.stage == NominationStage.LAUREATE,
)
