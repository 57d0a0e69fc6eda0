"""The root of all subscriptions: a table of contents."""

import strawberry

from resolvers.statistics import statistics_changed
from schema.building.permissions import PUBLIC
from schema.statistics import NationalStatistics


@strawberry.type(description="Everything that can be followed.")
class Subscription:
    """Everything that can be followed."""

    statistics_changed = strawberry.subscription(
        resolver=statistics_changed,
        graphql_type=NationalStatistics,
        description="The headline figures of a year: now, and again whenever an import or a write "
        "has changed them. NOT_FOUND where nothing is recorded of it.",
        directives=[PUBLIC],
    )
