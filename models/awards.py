"""The "Volunteer of the Year" award: editions, categories and nominations."""

from enum import StrEnum
from uuid import UUID

from tortoise.fields import CharEnumField, DateField, IntField

from erikti.database.constraints import any_language, check, check_values
from erikti.database.fields import FixedPoint, Text
from models.base import NAMES, SOURCE, Named, Sourced, keyset, keyset_of, refers_to
from models.states import State, States


class NominationStage(StrEnum):
    """The furthest stage that a nomination has reached, in this order."""

    APPLICATION = "APPLICATION"
    SCREENING = "SCREENING"
    PUBLIC_VOTE = "PUBLIC_VOTE"
    TOP_TEN = "TOP_TEN"
    EXPERT_SCORE = "EXPERT_SCORE"
    LAUREATE = "LAUREATE"


NOMINATION_STATES = States(
    "stage",
    NominationStage,
    (
        State("APPLICATION", (), ("commission",), first=True),
        State("SCREENING", ("APPLICATION",), ("commission",)),
        State("PUBLIC_VOTE", ("SCREENING",), ("commission",)),
        State("TOP_TEN", ("PUBLIC_VOTE",), ("commission",)),
        State("EXPERT_SCORE", ("TOP_TEN",), ("commission",)),
        State("LAUREATE", ("EXPERT_SCORE",), ("commission",)),
    ),
)


class AwardEdition(Sourced):
    """One year of the award."""

    year = IntField(unique=True)
    ceremony_on = DateField(null=True)

    class Meta:
        table = "award_editions"
        unique_together = (SOURCE,)
        indexes = keyset("ceremony_on")


class AwardCategory(Sourced, Named):
    """A category of one edition; categories change from year to year."""

    edition = refers_to("AwardEdition")
    code = Text(max_length=32)
    edition_id: UUID

    class Meta:
        table = "award_categories"
        unique_together = (SOURCE, ("edition", "code"))
        # Codes are unique within an edition, so an index has them.
        indexes = [
            *keyset("edition_id", "code", *NAMES),
            *keyset_of("edition_id", orders=NAMES),
        ]
        constraints = (any_language("award_categories", "name"),)


class Nomination(Sourced):
    """One candidacy; ``expert_score`` runs from 0 to 100 with two decimals."""

    edition = refers_to("AwardEdition")
    category = refers_to("AwardCategory")
    nominee_person = refers_to("Person", null=True)
    nominee_organisation = refers_to("Organisation", null=True)
    country = refers_to("Country")
    stage = CharEnumField(NominationStage, max_length=12, description="")
    votes = IntField(null=True)
    expert_score = FixedPoint(places=2, null=True)
    citation = Text(max_length=1000, null=True)
    edition_id: UUID
    category_id: UUID
    nominee_person_id: UUID | None
    nominee_organisation_id: UUID | None
    country_id: str

    class Meta:
        table = "nominations"
        unique_together = (SOURCE,)
        indexes = [
            *keyset(
                "edition_id",
                "category_id",
                "nominee_person_id",
                "nominee_organisation_id",
                "country_id",
                "stage",
                "votes",
                "expert_score",
            ),
            *keyset_of(
                "edition_id",
                "category_id",
                "nominee_person_id",
                "nominee_organisation_id",
                orders=("votes", "expert_score"),
            ),
        ]
        constraints = (
            check_values("nominations", "stage", NominationStage),
            check("nominations", "votes", "votes >= 0"),
            check("nominations", "expert_score", "expert_score BETWEEN 0 AND 10000"),
            check(
                "nominations",
                "nominee",
                "(nominee_person_id IS NULL) <> (nominee_organisation_id IS NULL)",
            ),
        )
