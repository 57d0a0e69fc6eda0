"""The headline figures of a year, both counted from records and published."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from erikti.auth.principal import PUBLIC
from erikti.errors import BadUserInputError, NotFoundError
from erikti.labels import Labels, figures
from models.statistics import PublishedFigure
from resolvers.context import Info
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.statistics import COUNTED_IN_YEAR, PUBLISHED_IN_YEAR

MAX_YEAR = 9998
Code = Annotated[
    str, strawberry.argument(description="The figure's code, such as volunteers.active.")
]
YEAR = f"The year, from 1 to {MAX_YEAR}."
Year = Annotated[int, strawberry.argument(description=YEAR)]
FIGURES_OF_A_YEAR = 14  # cost in points


@dataclass(frozen=True)
class Figure(Labels):
    """One figure; numbers and lists of codes are written as in the published source."""

    code: str
    counted: str | None
    published: str | None
    note: str | None
    source: str | None

    @property
    def count(self) -> int | None:
        """Return the counted figure, or None if it is not a number."""
        return int(self.counted) if self.counted is not None and self.counted.isdigit() else None

    @property
    def agrees(self) -> bool | None:
        """Return whether the values agree, or None if one is missing.

        A published range ``low..high`` agrees with every number in it, a list of codes with the
        same codes in any order.
        """
        if self.published is None or self.counted is None:
            return None
        low, separator, high = self.published.partition("..")
        if separator:
            return self.count is not None and int(low) <= self.count <= int(high)
        return sorted(self.published.split()) == sorted(self.counted.split())


@dataclass(frozen=True)
class Statistics:
    """The figures of one year."""

    year: int
    figures: list[Figure]


def figure(root: strawberry.Parent[Statistics], code: Code) -> Figure | None:
    """Return the figure with this code, or None if there is none."""
    return next((item for item in root.figures if item.code == code), None)


async def statistics(info: Info, year: Year) -> Statistics:
    """Return the figures of a year.

    Raises NotFoundError if no record of that year exists.
    """
    check_year(year)
    return await _counted(info.context.loaders, year)


async def statistics_changed(info: Info, year: Year) -> AsyncIterator[Statistics]:
    """Stream the figures of a year, first the present ones; raises as ``statistics`` does."""
    check_year(year)
    assert info.context.figures is not None, "the context has no live figures"
    return await info.context.figures.follow(year)


async def count(years: Sequence[int]) -> list[Statistics | Exception]:
    """Return the public figures of years, with NotFoundError in place of an empty year."""
    loaders = Loaders(PUBLIC)
    waiting = [_counted(loaders, year) for year in years]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    for value in found:
        if not isinstance(value, Statistics | NotFoundError):
            raise value
    return found  # type: ignore[return-value]


async def _counted(loaders: Loaders, year: int) -> Statistics:
    counts = await loaders.of(COUNTED_IN_YEAR).load(year)
    if not counts.recorded:
        raise NotFoundError(f"year: there are no records of the year {year}", argument="year")
    published = {row.code: row for row in await loaders.of(PUBLISHED_IN_YEAR).load(year)}
    labels = figures(year)
    return Statistics(
        year,
        [
            _figure(labels[code], code, value, published.get(code))
            for code, value in counts.counted.items()
        ],
    )


def _figure(
    labels: Labels, code: str, counted: int | str | None, published: PublishedFigure | None
) -> Figure:
    text = None if counted is None else str(counted)
    if published is None:
        return Figure(*labels.all, code, text, None, None, None)
    return Figure(*labels.all, code, text, published.value, published.note, published.source)


def check_year(year: int) -> None:
    """Raise BadUserInputError if a number is not a valid year."""
    if not 1 <= year <= MAX_YEAR:
        raise BadUserInputError("year", f"a year must be from 1 to {MAX_YEAR}, not {year}")
