"""The "Volunteer of the Year" award."""

from datetime import date
from decimal import Decimal

import strawberry

from models.awards import NominationStage
from resolvers.awards import nominee
from resolvers.dataloaders.awards import AWARD_CATEGORIES, AWARD_EDITIONS, NOMINATIONS
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.fields import batch_field, enum, text, to_one
from schema.building.listings import listing_types
from schema.building.node import Node, entity
from schema.building.permissions import PUBLIC
from schema.people import Country, Party

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
        "AwardCategory",
        __name__,
        lambda loaders: loaders.awards.categories_by_edition,
        "The categories in which the award was given that year.",
        key="id",
    )
    nominations = connection(
        "Nomination",
        __name__,
        lambda loaders: loaders.awards.nominations_by_edition,
        "The nominations in all categories of that year.",
        key="id",
    )


@entity(
    description="A category of one edition; categories change from year to year.",
    directives=[PUBLIC],
)
class AwardCategory(Node):
    """A category of one edition."""

    edition = to_one(
        AwardEdition,
        lambda loaders: loaders.awards.edition_by_id,
        "edition_id",
        "The edition of the award to which it belongs.",
    )
    code: str = strawberry.field(
        description="The category's code, unique within its edition, such as BEST_ORGANISATION."
    )
    name = text("name", "The category's name.")
    nominations = connection(
        "Nomination",
        __name__,
        lambda loaders: loaders.awards.nominations_by_category,
        "Those nominated in this category.",
        key="id",
    )


@entity(
    description="The nomination of a person or an organisation for the award.",
    directives=[PUBLIC],
)
class Nomination(Node):
    """The nomination of a person or an organisation for the award."""

    edition = to_one(
        AwardEdition,
        lambda loaders: loaders.awards.edition_by_id,
        "edition_id",
        "The edition of the award to which it belongs.",
    )
    category = to_one(
        AwardCategory,
        lambda loaders: loaders.awards.category_by_id,
        "category_id",
        "The category in which the nominee competes.",
    )
    nominee = batch_field(
        nominee,
        Party | None,
        f"The nominated person or organisation. {NAMED}",
        reads=["nominee_person_id", "nominee_organisation_id", "stage"],
    )
    country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
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


AwardEditionFilter, AwardEditionOrder, AwardEditionConnection = listing_types(
    AWARD_EDITIONS, AwardEdition
)
AwardCategoryFilter, AwardCategoryOrder, AwardCategoryConnection = listing_types(
    AWARD_CATEGORIES, AwardCategory
)
NominationFilter, NominationOrder, NominationConnection = listing_types(NOMINATIONS, Nomination)
