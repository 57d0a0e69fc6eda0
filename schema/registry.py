"""The public aggregates of the registry: counts alone, small ones suppressed."""

from datetime import date

import strawberry

from schema.building.costs import FEW, MONTHS, MOST, at_most
from schema.building.fields import to_one
from schema.building.permissions import PUBLIC
from schema.people import Country, Region
from schema.un_placements import Programme


@strawberry.type(
    description="A public count of people. Counts below the threshold of the service (5 unless "
    "its operator chose another) are suppressed, and so are those from which they could be "
    "computed.",
    directives=[PUBLIC],
)
class RegistryCount:
    """A public count of people."""

    count: int | None = strawberry.field(
        description="The number of people; null if it is suppressed."
    )
    suppressed: bool = strawberry.field(
        description="Whether the number is suppressed to protect the people counted; then "
        "`count` tells nothing."
    )


@strawberry.type(description="The registrations of volunteers in a month.", directives=[PUBLIC])
class RegistryMonth:
    """The registrations of volunteers in a month."""

    month: date = strawberry.field(description="The month, by its first day.")
    registrations: RegistryCount = strawberry.field(
        description="The volunteers who registered in the month, whatever their status is now."
    )


@strawberry.type(
    description="The active volunteers of a region at the end of a year.", directives=[PUBLIC]
)
class RegistryRegion:
    """The active volunteers of a region at the end of a year."""

    region = to_one(
        Region,
        "region_id",
        "Where they are registered.",
    )
    active: RegistryCount = strawberry.field(
        description="The volunteers who registered by the end of the year and are active."
    )
    silver: RegistryCount = strawberry.field(
        description="Those of the active volunteers who are silver volunteers."
    )


@strawberry.type(
    description="The placements of a programme that begin in a year, in one country.",
    directives=[PUBLIC],
)
class RegistryPlacements:
    """The placements of a programme that begin in a year, in one country."""

    programme = to_one(
        Programme,
        "programme_id",
        "The call under which they serve.",
    )
    country = to_one(
        Country,
        "country_id",
        "The country of the duty stations.",
    )
    begun: RegistryCount = strawberry.field(description="The placements that begin in the year.")


@strawberry.type(
    description="What everyone may know of the volunteers and placements of a year: counts "
    "alone. The same counts are published to every caller.",
    directives=[PUBLIC],
)
class RegistryYear:
    """The public aggregates of a year."""

    year: int = strawberry.field(description="The calendar year to which the counts belong.")
    months: list[RegistryMonth] = strawberry.field(
        description="The registrations in each month of the year.", directives=[at_most(MONTHS)]
    )
    regions: list[RegistryRegion] = strawberry.field(
        description="The active volunteers in each region at the end of the year, by the code of "
        "the region.",
        directives=[at_most(MOST["Region"])],
    )
    placements: list[RegistryPlacements] = strawberry.field(
        description="The placements that begin in the year, by programme and country. "
        "Combinations without any are left out, unless their count is suppressed.",
        directives=[at_most(FEW)],
    )
