"""The headline figures of a year."""

import strawberry

from erikti.executor import by_class
from resolvers.statistics import Statistics, figure
from schema.building.costs import FIGURES, at_most
from schema.building.fields import text
from schema.building.permissions import PUBLIC


@strawberry.type(
    description="A headline figure: the value counted from records and the published value.",
    directives=[PUBLIC],
)
class StatisticalFigure:
    """A headline figure: the value counted from records and the published value."""

    code: str = strawberry.field(description="The figure's code, such as volunteers.active.")
    label = text("label", "The figure's name for readers, such as Active volunteers.")
    counted: str | None = strawberry.field(
        description="The value counted from records: a number, a city, or sorted country codes; "
        "null if nothing is recorded."
    )
    count: int | None = strawberry.field(
        description="The counted value as an integer; null if it is not a number."
    )
    published: str | None = strawberry.field(
        description="The published value: a number, a range such as 299000..300000, a city or "
        "country codes; null if there is none."
    )
    agrees: bool | None = strawberry.field(
        description="Whether the counted value agrees with the published one; null if one of "
        "them is missing."
    )
    note: str | None = strawberry.field(
        description="What the published value means, in English; null if none was published."
    )
    source: str | None = strawberry.field(
        description="Where and when the value was published; null if it was not."
    )


@strawberry.federation.type(
    keys=["year"],
    description="The headline figures of a year, counted from records.",
    directives=[PUBLIC],
)
class NationalStatistics:
    """The headline figures of a year."""

    year: int = strawberry.field(description="The calendar year, such as 2025.")
    figures: list[StatisticalFigure] = strawberry.field(
        description="All figures of the year, in a fixed order.", directives=[at_most(FIGURES)]
    )

    figure = strawberry.field(
        resolver=figure,
        graphql_type=StatisticalFigure | None,
        description="The figure with this code; null if there is none.",
    )

    @classmethod
    @by_class
    def is_type_of(cls, obj: object, info: object) -> bool:  # noqa: ARG003
        """Whether a value is the statistics of a year."""
        return isinstance(obj, Statistics)
