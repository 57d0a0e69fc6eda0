"""Listings of the "Volunteer of the Year" award."""

from models.awards import AwardCategory, AwardEdition, Nomination
from resolvers.dataloaders.listings import Listing, Members, Via

AWARD_EDITIONS = Listing(
    AwardEdition,
    filters=("id", "year", "ceremony_on"),
    orders=("year", "ceremony_on"),
    groups=("ceremony_on",),
    keys=("year",),
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
