"""The "Volunteer of the Year" award."""

from datetime import date
from decimal import Decimal

import strawberry

from models.awards import NominationStage
from resolvers.dataloaders.row_policy import LAUREATES
from schema.building.connections import connection
from schema.building.fields import enum, text, to_one
from schema.building.node import Node, entity
from schema.building.permissions import PUBLIC
from schema.people import Country, party

enum(
    NominationStage,
    "The furthest stage that a nomination has reached; the values are in order.",
    APPLICATION="Submitted.",
    SCREENING="Passed the technical screening.",
    PUBLIC_VOTE="Took part in the public vote.",
    TOP_TEN="Among the ten with the most votes in the category.",
    EXPERT_SCORE="Scored by experts.",
    LAUREATE="Won the award.",
)


@entity(
    description='One year of the award "Volunteer of the Year": its categories and nominations.',
    directives=[PUBLIC],
)
class AwardEdition(Node):
    """One year of the award."""

    year: int = strawberry.field(description="The year that the award is for, such as 2025.")
    ceremony_on: date | None = strawberry.field(
        description="The date of the ceremony; null until it is set."
    )
    categories = connection(
        "awards.AwardCategory",
        "The categories in which the award was given that year.",
        by="edition_id",
    )
    nominations = connection(
        "awards.Nomination",
        "The nominations in all categories of that year.",
        by="edition_id",
    )


@entity(
    description="A category of one edition; categories change from year to year.",
    directives=[PUBLIC],
)
class AwardCategory(Node):
    """A category of one edition."""

    edition = to_one(
        AwardEdition,
        "edition_id",
        "The edition of the award to which it belongs.",
    )
    code: str = strawberry.field(
        description="The category's code, unique within its edition, such as BEST_ORGANISATION."
    )
    name = text("name", "The category's name.")
    nominations = connection(
        "awards.Nomination",
        "Those nominated in this category.",
        by="category_id",
    )


@entity(
    description="The nomination of a person or an organisation for the award.",
    directives=[PUBLIC],
)
class Nomination(Node):
    """The nomination of a person or an organisation for the award."""

    edition = to_one(
        AwardEdition,
        "edition_id",
        "The edition of the award to which it belongs.",
    )
    category = to_one(
        AwardCategory,
        "category_id",
        "The category in which the nominee competes.",
    )
    nominee = party(
        "nominee_person_id",
        "nominee_organisation_id",
        "The nominated person or organisation.",
        public=LAUREATES,
    )
    country = to_one(
        Country,
        "country_id",
        "The country that the nominee represents.",
    )
    stage: NominationStage = strawberry.field(description="The furthest stage reached.")
    votes: int | None = strawberry.field(
        description="The number of public votes; null if it took no part in the vote."
    )
    expert_score: Decimal | None = strawberry.field(
        description="The experts' score, from 0 to 100 with two decimals; null if experts gave "
        "none."
    )
    citation: str | None = strawberry.field(
        description="What the award was given for, as a text; null if none is recorded."
    )
