"""Fields of the "Volunteer of the Year" award."""

from models.awards import NominationStage
from resolvers.dataloaders.listings import Comparison
from resolvers.personal_policy import party

LAUREATE = Comparison("stage", "eq", NominationStage.LAUREATE)


# Resolves the nominated person or organisation.
nominee = party(
    "nominee_person_id",
    "nominee_organisation_id",
    public=lambda nomination: nomination.stage == NominationStage.LAUREATE,
)
