"""The root of all subscriptions."""

import strawberry

from resolvers.statistics import statistics_changed
from schema.building.permissions import PUBLIC
from schema.statistics import NationalStatistics


@strawberry.type(description="The root of all subscriptions.")
class Subscription:
    """The root of all subscriptions."""

    statistics_changed = strawberry.subscription(
        resolver=statistics_changed,
        graphql_type=NationalStatistics,
        description="The headline figures of a year: first the present ones, then again whenever "
        "an import or a write changes them. The error NOT_FOUND if nothing is recorded for it.",
        directives=[PUBLIC],
    )
