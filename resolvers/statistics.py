"""The headline figures of a year: counted from records, the published ones beside them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from erikti.auth.principal import PUBLIC
from erikti.errors import BadUserInputError, NotFoundError
from resolvers.context import Info
from resolvers.dataloaders import Loaders

MAX_YEAR = 9998
Code = Annotated[
    str, strawberry.argument(description="The figure's code, such as volunteers.active.")
]
YEAR = f"The year, 1 to {MAX_YEAR}."
Year = Annotated[int, strawberry.argument(description=YEAR)]
FIGURES_OF_A_YEAR = 14  # points to count them


@dataclass(frozen=True)
class Figure:
    """One figure; numbers and lists of codes are written as in the published source."""

    code: str
    counted: str | None
    published: str | None
    note: str | None
    source: str | None

    @property
    def count(self) -> int | None:
        """The counted figure where it is a number."""
        return int(self.counted) if self.counted is not None and self.counted.isdigit() else None

    @property
    def agrees(self) -> bool | None:
        """Whether both say the same; None where nothing was published.

        A published range ``low..high`` agrees with every number in it, a list of codes
        with the same codes in any order.
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


def figure(root: strawberry.Parent[Any], code: Code) -> Figure | None:
    """The figure with this code, None where there is none."""
    return next((item for item in root.figures if item.code == code), None)


async def statistics(info: Info, year: Year) -> Statistics:
    """The figures of a year.

    Raises NotFoundError where no record of that year exists.
    """
    check_year(year)
    return await _counted(info.context.loaders, year)


async def statistics_changed(info: Info, year: Year) -> AsyncIterator[Statistics]:
    """The figures of a year, now and whenever they have changed; raises as ``statistics`` does."""
    check_year(year)
    assert info.context.figures is not None, "nobody watches the figures"
    return await info.context.figures.follow(year)


async def count(years: Sequence[int]) -> list[Statistics | Exception]:
    """The figures of years for everybody, NotFoundError in the place of an empty one."""
    loaders = Loaders(PUBLIC)
    waiting = [_counted(loaders, year) for year in years]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    for value in found:
        if not isinstance(value, Statistics | NotFoundError):
            raise value
    return found  # type: ignore[return-value]


async def _counted(loaders: Loaders, year: int) -> Statistics:
    counts = await loaders.statistics.counts_by_year.load(year)
    if not counts.recorded:
        raise NotFoundError(f"year: there are no records of the year {year}", argument="year")
    published = {row.code: row for row in await loaders.statistics.published_by_year.load(year)}
    return Statistics(
        year,
        [_figure(code, value, published.get(code)) for code, value in counts.counted.items()],
    )


def _figure(code: str, counted: int | str | None, published: Any) -> Figure:
    text = None if counted is None else str(counted)
    if published is None:
        return Figure(code, text, None, None, None)
    return Figure(code, text, published.value, published.note, published.source)


def check_year(year: int) -> None:
    """Refuse a number that is no year; raises BadUserInputError."""
    if not 1 <= year <= MAX_YEAR:
        raise BadUserInputError("year", f"a year lies between 1 and {MAX_YEAR}, not at {year}")
