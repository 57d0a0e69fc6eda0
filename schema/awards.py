"""The "Volunteer of the Year" award."""

from datetime import date
from decimal import Decimal

import strawberry

from models.awards import NominationStage
from resolvers.awards import nominee
from resolvers.dataloaders.awards import AWARD_CATEGORIES, AWARD_EDITIONS, NOMINATIONS
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.fields import answered, enum, text, to_one
from schema.building.listings import listing_types
from schema.building.node import Node
from schema.building.permissions import PUBLIC
from schema.people import Country, Party

enum(
    NominationStage,
    "The furthest stage that a nomination has reached, in this order.",
    APPLICATION="Handed in.",
    SCREENING="Passed the technical screening: a candidate.",
    PUBLIC_VOTE="Stood in the public vote.",
    TOP_TEN="Among the ten with most votes in the category.",
    EXPERT_SCORE="Scored by experts.",
    LAUREATE="Won the award.",
)


@strawberry.federation.type(
    keys=["id"],
    description="One year of the award.",
    directives=[PUBLIC],
)
class AwardEdition(Node):
    """One year of the award."""

    year: int = strawberry.field(description="The year.")
    ceremony_on: date | None = strawberry.field(description="The day of the ceremony, once set.")
    categories = connection(
        "AwardCategory",
        __name__,
        lambda loaders: loaders.awards.categories_by_edition,
        "The categories of this edition.",
        key="id",
    )
    nominations = connection(
        "Nomination",
        __name__,
        lambda loaders: loaders.awards.nominations_by_edition,
        "The nominations of this edition.",
        key="id",
    )


@strawberry.federation.type(
    keys=["id"],
    description="A category of one edition; categories change from year to year.",
    directives=[PUBLIC],
)
class AwardCategory(Node):
    """A category of one edition."""

    edition = to_one(
        AwardEdition, lambda loaders: loaders.awards.edition_by_id, "edition_id", "Of which year."
    )
    code: str = strawberry.field(description="The category's code within its edition.")
    name = text("name", "The category's name.")
    nominations = connection(
        "Nomination",
        __name__,
        lambda loaders: loaders.awards.nominations_by_category,
        "The nominations in this category.",
        key="id",
    )


@strawberry.federation.type(
    keys=["id"],
    description="One candidacy of a person or an organisation for the award.",
    directives=[PUBLIC],
)
class Nomination(Node):
    """One candidacy for the award."""

    edition = to_one(
        AwardEdition, lambda loaders: loaders.awards.edition_by_id, "edition_id", "In which year."
    )
    category = to_one(
        AwardCategory,
        lambda loaders: loaders.awards.category_by_id,
        "category_id",
        "In which category.",
    )
    nominee = answered(
        nominee,
        Party | None,
        f"Who is nominated. {NAMED}",
        reads=["nominee_person_id", "nominee_organisation_id", "stage"],
    )
    country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
        "country_id",
        "The country that the nominee stands for.",
    )
    stage: NominationStage = strawberry.field(description="How far it has come.")
    votes: int | None = strawberry.field(description="Votes of the public, where it stood.")
    expert_score: Decimal | None = strawberry.field(
        description="The experts' score, 0 to 100 with two decimals."
    )
    citation: str | None = strawberry.field(description="What the award was given for.")


AwardEditionFilter, AwardEditionOrder, AwardEditionConnection = listing_types(
    AWARD_EDITIONS, AwardEdition
)
AwardCategoryFilter, AwardCategoryOrder, AwardCategoryConnection = listing_types(
    AWARD_CATEGORIES, AwardCategory
)
NominationFilter, NominationOrder, NominationConnection = listing_types(NOMINATIONS, Nomination)
