"""The headline figures of a year."""

from typing import Any

import strawberry

from erikti.executor import by_class
from resolvers.statistics import Statistics, figure
from schema.building.costs import FIGURES, at_most
from schema.building.permissions import PUBLIC


@strawberry.type(
    description="One headline figure: counted from records, beside what was published.",
    directives=[PUBLIC],
)
class StatisticalFigure:
    """One headline figure."""

    code: str = strawberry.field(description="The figure's code, such as volunteers.active.")
    counted: str | None = strawberry.field(
        description="What the records come to: a number, a city, or country codes in order."
    )
    count: int | None = strawberry.field(description="The same where it is a number.")
    published: str | None = strawberry.field(
        description="What was published: a number, a range low..high, a city or country codes; "
        "null where nothing was."
    )
    agrees: bool | None = strawberry.field(
        description="Whether the records agree with what was published."
    )
    note: str | None = strawberry.field(description="What the figure means.")
    source: str | None = strawberry.field(description="Where it was published.")


@strawberry.federation.type(
    keys=["year"],
    description="The headline figures of a year, each computed from records.",
    directives=[PUBLIC],
)
class NationalStatistics:
    """The headline figures of a year."""

    year: int = strawberry.field(description="The year.")
    figures: list[StatisticalFigure] = strawberry.field(
        description="All figures.", directives=[at_most(FIGURES)]
    )

    figure = strawberry.field(
        resolver=figure,
        graphql_type=StatisticalFigure | None,
        description="The figure with this code; null where there is none.",
    )

    @classmethod
    @by_class
    def is_type_of(cls, obj: Any, info: Any) -> bool:  # noqa: ARG003
        """Whether a value is the statistics of a year."""
        return isinstance(obj, Statistics)
