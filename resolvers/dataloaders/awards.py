"""Loaders and listings of the "Volunteer of the Year" award."""

from models.awards import AwardCategory, AwardEdition, Nomination
from resolvers.dataloaders.listings import Listing, Members, Via
from resolvers.dataloaders.lists import lists, lists_by
from resolvers.dataloaders.loading import LoaderGroup, one_by

AWARD_EDITIONS = Listing(
    AwardEdition,
    filters=("id", "year", "ceremony_on"),
    orders=("year", "ceremony_on"),
    groups=("ceremony_on",),
)
AWARD_CATEGORIES = Listing(
    AwardCategory,
    filters=("id", "edition", "code", "name"),
    orders=("code", "name"),
    groups=("edition", "code"),
)
NOMINATIONS = Listing(
    Nomination,
    filters=(
        "id",
        "edition",
        "category",
        "nominee",
        "country",
        "stage",
        "votes",
        "expert_score",
    ),
    orders=("votes", "expert_score"),
    groups=("edition", "category", "country", "stage", Via("edition.year")),
    measures=("votes", "expert_score"),
    members={
        "nominee": Members(
            "Party", {"organisation": "nominee_organisation", "person": "nominee_person"}
        )
    },
)

LISTINGS = (AWARD_EDITIONS, AWARD_CATEGORIES, NOMINATIONS)


class AwardsLoaders(LoaderGroup):
    """Loaders of the award."""

    edition_by_id = one_by(AwardEdition, "id")
    editions = lists(AWARD_EDITIONS)

    category_by_id = one_by(AwardCategory, "id")
    categories_by_edition = lists_by(AWARD_CATEGORIES, "edition_id")

    nomination_by_id = one_by(Nomination, "id")
    nominations = lists(NOMINATIONS)
    nominations_by_edition = lists_by(NOMINATIONS, "edition_id")
    nominations_by_category = lists_by(NOMINATIONS, "category_id")
    nominations_by_person = lists_by(NOMINATIONS, "nominee_person_id")
    nominations_by_organisation = lists_by(NOMINATIONS, "nominee_organisation_id")
