"""Loaders of the public aggregates of the registry: counts alone, small ones suppressed.

Whatever year is requested, the counts are published cells of three tables, which are suppressed
as wholes:

- registrations by month, each year on its own;
- active volunteers by region, at the end of each year, all and silver ones. Years are one table,
  since the difference of two years is who registered between them;
- placements by programme and country, by the year in which they begin, so that no placement
  counts in two years.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from erikti.database.connection import fetch
from models.un_placements import Placement
from models.volunteers import Volunteer
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.found import LoadedBy
from resolvers.dataloaders.loading import Found
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.statistics import RECORDED
from resolvers.dataloaders.suppression import (
    Cell,
    Point,
    Published,
    by_part,
    by_prefix,
    by_value,
    suppress,
)
from resolvers.dataloaders.tables import table

MONTHS = """SELECT registered_on, sum(count) FROM volunteers_by_month
    WHERE registered_on >= {start} AND registered_on < {end} GROUP BY registered_on"""
REGIONS = "SELECT code FROM regions ORDER BY code"
STOCK = """SELECT region_id, registered_on, silver, sum(count) FROM volunteers_by_month
    WHERE status = 'ACTIVE' GROUP BY region_id, registered_on, silver HAVING sum(count) > 0"""
PLACEMENTS = """SELECT p.programme_id, d.country_id, count(*) FROM placements p
    JOIN duty_stations d ON d.id = p.duty_station_id
    WHERE p.starts_on >= {start} AND p.starts_on < {end} GROUP BY p.programme_id, d.country_id
    ORDER BY p.programme_id, d.country_id"""
COUNTRIES = "SELECT DISTINCT country_id FROM duty_stations ORDER BY country_id"
QUERIES = (MONTHS, REGIONS, STOCK, PLACEMENTS, COUNTRIES, RECORDED)
SILVER = frozenset({1})
# The years whose stock is published, the last ones with a registration. The table of the stock
# grows with the square of its years: 60 take 20 times as long as 16.
MOST_YEARS = 20


@dataclass(frozen=True)
class Count:
    """A public count; None if it is suppressed."""

    count: int | None

    @property
    def suppressed(self) -> bool:
        """Return whether the count is suppressed."""
        return self.count is None


@dataclass(frozen=True)
class Month:
    """The registrations of a month, by its first day."""

    month: date
    registrations: Count


@dataclass(frozen=True)
class RegionalStock:
    """The active volunteers of a region at the end of a year."""

    region_id: str
    active: Count
    silver: Count


@dataclass(frozen=True)
class Begun:
    """The placements of a programme that begin in a year, in one country."""

    programme_id: object
    country_id: str
    begun: Count


@dataclass(frozen=True)
class RegistryYear:
    """The public aggregates of a year."""

    year: int
    months: list[Month]
    regions: list[RegionalStock]
    placements: list[Begun]


async def _load(scope: LoaderScope, years: Sequence[int]) -> list[RegistryYear | None]:
    return [await _year(scope.threshold, year) for year in years]


# The aggregates of a year; None if no record of the year exists.
REGISTRY_OF_YEAR: Found[RegistryYear | None] = LoadedBy(_load)


async def _year(threshold: int, year: int) -> RegistryYear | None:
    if not await _recorded(year):
        return None
    months = {_day(day).month: count for day, count in await _between(MONTHS, Volunteer, year)}
    regions = [code for (code,) in await fetch(REGIONS, [])]
    stock = _stock(regions, await fetch(STOCK, []))
    countries = [code for (code,) in await fetch(COUNTRIES, [])]
    begun = {(p, c): count for p, c, count in await _between(PLACEMENTS, Placement, year)}

    def suppressed() -> RegistryYear:
        return RegistryYear(
            year,
            _months(threshold, year, months),
            _regions(threshold, year, regions, stock),
            _begun(threshold, countries, begun),
        )

    # Many small counts take long, and must not hold up other operations.
    return await asyncio.to_thread(suppressed)


async def _recorded(year: int) -> bool:
    statement = Statement()
    active = statement.dialect
    text = RECORDED.format(start=active.new_year("y.value"), end=active.new_year("y.value + 1"))
    sql = f"SELECT ({text}) FROM {active.keys(statement.bind(active.array([year])), 'integer')} y"
    return bool((await fetch(sql, statement.parameters))[0][0])


async def _between(
    query: str, model: type[Volunteer | Placement], year: int
) -> Sequence[Sequence[Any]]:
    """Return the rows of a query about the days of a year."""
    statement = Statement()
    field = table(model).field("registered_on" if model is Volunteer else "starts_on")
    start, end = (statement.value(field, date(y, 1, 1)) for y in (year, year + 1))
    return await fetch(query.format(start=start, end=end), statement.parameters)


def _day(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _months(threshold: int, year: int, counts: Mapping[int, int]) -> list[Month]:
    axis = by_value(12)
    people: dict[Point, int] = {(month - 1,): count for month, count in counts.items()}
    # The total of a year is as good as known: most volunteers stay active, and are published.
    found = suppress((axis,), people, threshold, lambda cell: cell == (axis.every,))
    cells = [(frozenset({i}),) for i in range(12)]
    return [Month(date(year, i + 1, 1), Count(found.number(c))) for i, c in enumerate(cells)]


@dataclass(frozen=True)
class _Stock:
    """The active volunteers by region, year of registration and whether they are silver.

    Those of years before the published ones count in the first of these; ``first`` is the first
    year with a registration.
    """

    first: int
    years: tuple[int, ...]
    people: frozenset[tuple[Point, int]]


def _stock(regions: Sequence[str], rows: Iterable[Sequence[Any]]) -> _Stock:
    found = [(regions.index(region), _day(day).year, int(s), n) for region, day, s, n in rows]
    every = sorted({year for _, year, _, _ in found})
    years = tuple(every[-MOST_YEARS:])
    people: dict[Point, int] = {}
    for region, year, silver, count in found:
        point = (region, years.index(max(year, years[0])), silver)
        people[point] = people.get(point, 0) + count
    return _Stock(every[0] if every else 0, years, frozenset(people.items()))


def _regions(
    threshold: int, year: int, regions: Sequence[str], stock: _Stock
) -> list[RegionalStock]:
    until = sum(known <= year for known in stock.years)
    if not until:
        count = Count(None if stock.years and year >= stock.first else 0)
        return [RegionalStock(region, count, count) for region in regions]
    found = _published_stock(threshold, len(regions), len(stock.years), stock.people)
    years = frozenset(range(until))
    both = frozenset({0, 1})

    def counted(i: int, silver: frozenset[int]) -> Count:
        return Count(found.number((frozenset({i}), years, silver)))

    return [
        RegionalStock(region, counted(i, both), counted(i, SILVER))
        for i, region in enumerate(regions)
    ]


@lru_cache(maxsize=16)
def _published_stock(
    threshold: int, regions: int, years: int, people: frozenset[tuple[Point, int]]
) -> Published:
    """Return the published stock; what ``statistics`` publishes of the nation is known."""
    axes = (by_value(regions), by_prefix(years), by_part(2, SILVER))

    def known(cell: Cell) -> bool:
        return len(cell[0]) == regions

    return suppress(axes, dict(people), threshold, known)


def _begun(
    threshold: int, countries: Sequence[str], counts: Mapping[tuple[object, str], int]
) -> list[Begun]:
    """Return the counts by programme; each is a table whose total ``statistics`` may publish."""
    found = []
    for programme in dict.fromkeys(programme for programme, _ in counts):
        people: dict[Point, int] = {
            (countries.index(country),): count
            for (other, country), count in counts.items()
            if other == programme
        }
        published = _published_places(threshold, len(countries), frozenset(people.items()))
        for i, country in enumerate(countries):
            number = published.number((frozenset({i}),))
            if number != 0:
                found.append(Begun(programme, country, Count(number)))
    return found


@lru_cache(maxsize=256)
def _published_places(
    threshold: int, countries: int, people: frozenset[tuple[Point, int]]
) -> Published:
    # The total of a programme is known, and that of a nation with one country would tell it.
    axis = by_value(max(2, countries))
    return suppress((axis,), dict(people), threshold, lambda cell: cell == (axis.every,))
