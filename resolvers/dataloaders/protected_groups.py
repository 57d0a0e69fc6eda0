"""Groups of volunteers by sex and age band, for callers who may count them but not list them.

All of them are cells of one table, region by sex by age band, which is suppressed as a whole:
filters by region, pages, orders and conditions only choose among its published cells.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from operator import eq, ge, itemgetter, le, ne
from typing import Any, TypeVar

from erikti.database.connection import fetch
from models.people import AgeBand, Region, Sex
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.dimensions import Keys
from resolvers.dataloaders.group_pages import group_order
from resolvers.dataloaders.listings import (
    Aggregate,
    Comparison,
    Condition,
    Every,
    Group,
    GroupPage,
    GroupPosition,
    GroupRequest,
    Listing,
    Not,
    Related,
    Some,
)
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.suppression import Cell, Point, Published, by_value, suppress

# The dimensions of the table, which are all that such groups can have.
PROTECTED = ("region", "sex", "age_band")
SEXES: tuple[Sex | None, ...] = (*Sex, None)
BANDS: tuple[AgeBand | None, ...] = (*AgeBand, None)
COMPARED = {"eq": eq, "ne": ne, "min": ge, "max": le}
REGIONS = "SELECT code FROM regions ORDER BY code"
V = TypeVar("V")


def region_condition(condition: Condition) -> Condition | None:
    """Return the condition on regions that a condition on records is; None if it is another."""
    match condition:
        case Every(parts) | Some(parts):
            found = tuple(map(region_condition, parts))
            known = tuple(part for part in found if part is not None)
            return replace(condition, conditions=known) if len(known) == len(parts) else None
        case Not(part):
            inner = region_condition(part)
            return None if inner is None else Not(inner)
        case Related("region", part):
            return part
        case Comparison("region", compared, value):
            return Comparison("code", compared, value)
    return None


async def load_protected(
    source: Source, request: GroupRequest, threshold: int, keys: Sequence[object]
) -> list[GroupPage]:
    """Load a page of groups per region, or of those of the whole list."""
    regions = [code for (code,) in await fetch(REGIONS)]
    visible = await _visible(request.condition)
    people = await _people(source.listing, regions)
    published = await asyncio.to_thread(_published, threshold, len(regions), people)
    pages = []
    for key in keys:
        own = visible if source.parent is None else visible & {key}
        pages.append(_page(request, _groups(published, request, regions, own)))
    return pages


async def _visible(condition: Condition) -> set[str]:
    statement = Statement()
    found = region_condition(condition)
    assert found is not None, condition
    where = holds(statement, Region, found)
    rows = await fetch(f"SELECT t.code FROM regions t WHERE {where}", statement.parameters)
    return {code for (code,) in rows}


async def _people(listing: Listing, regions: Sequence[str]) -> frozenset[tuple[Point, int]]:
    statement = Statement()
    keys = Keys(listing, statement, "volunteers_by_age t", tied=True, held=("sex", "birth_date"))
    columns = [keys.expression(listing.dimensions[name]) for name in PROTECTED]
    sql = f"SELECT {', '.join(columns)}, CAST(sum(t.count) AS bigint) FROM {keys.rows}"
    grouped = "GROUP BY 1, 2, 3 HAVING sum(t.count) > 0"
    rows = await fetch(f"{sql} {grouped}", statement.parameters)
    numbers = {band.youngest: i for i, band in enumerate(AgeBand)} | {None: len(AgeBand)}
    return frozenset(
        ((regions.index(region), SEXES.index(sex), numbers[band]), count)
        for region, sex, band, count in rows
    )


@lru_cache(maxsize=16)
def _published(threshold: int, regions: int, people: frozenset[tuple[Point, int]]) -> Published:
    """Return the published table; how many people a region has is known from their list."""
    axes = (by_value(regions), by_value(len(SEXES)), by_value(len(BANDS)))

    def known(cell: Cell) -> bool:
        return cell[1] == axes[1].every and cell[2] == axes[2].every

    return suppress(axes, dict(people), threshold, known)


def _groups(
    published: Published, request: GroupRequest, regions: Sequence[str], own: Collection[str]
) -> Iterator[Group]:
    """Yield the groups that hold people, or may."""
    places = [frozenset({i}) for i, code in enumerate(regions) if code in own]
    every = frozenset(range(len(regions)))
    whole = [every] if len(places) == len(regions) else places
    by_region = [(regions[min(place)], [place]) for place in places]
    axes = {
        "region": by_region if "region" in request.by else [(None, whole)],
        "sex": _axis(SEXES, "sex" in request.by),
        "age_band": _axis(BANDS, "age_band" in request.by),
    }
    if not places:
        return
    for chosen in product(*axes.values()):
        cells = product(*(values for _, values in chosen))
        numbers = [published.number(cell) for cell in cells]
        count = None if None in numbers else sum(n for n in numbers if n is not None)
        if count != 0:
            keys = {name: key for name, (key, _) in zip(axes, chosen, strict=True)}
            yield Group({name: keys[name] for name in request.by}, count, {})


def _axis(values: Sequence[V], is_split: bool) -> list[tuple[V | None, list[frozenset[int]]]]:
    if is_split:
        return [(value, [frozenset({i})]) for i, value in enumerate(values)]
    return [(None, [frozenset(range(len(values)))])]


def _page(request: GroupRequest, groups: Iterable[Group]) -> GroupPage:
    order = group_order(request)

    def place(position: GroupPosition) -> tuple[_Term, ...]:
        return tuple(_Term(value, down) for (_, down), value in zip(order, position, strict=True))

    held = (group for group in groups if _holds(request, group))
    found = [replace(group, position=_position(order, group)) for group in held]
    placed = sorted(((place(one.position), one) for one in found), key=itemgetter(0))
    for position, before in (
        (request.position, request.backward),
        (request.until, not request.backward),
    ):
        if position is not None:
            edge = place(position)
            placed = [one for one in placed if (one[0] < edge if before else edge < one[0])]
    rows = [group for _, group in placed]
    visible = rows[-request.size :] if request.backward else rows[: request.size]
    return GroupPage(visible, len(rows) > len(visible), len(found))


def _holds(request: GroupRequest, group: Group) -> bool:
    """Return whether a group meets the conditions; a suppressed count meets none."""
    return all(
        group.count is not None and COMPARED[compared](group.count, value)
        for _, compared, value in request.having
    )


def _position(order: Iterable[tuple[str | Aggregate, bool]], group: Group) -> tuple[Any, ...]:
    values = (group.keys[key] if isinstance(key, str) else group.count for key, _ in order)
    return tuple(value.youngest if isinstance(value, AgeBand) else value for value in values)


class _Term:
    """A value in an order: descending or not, with None last."""

    def __init__(self, value: Any, descending: bool) -> None:
        self._value = value
        self._descending = descending

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Term) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __lt__(self, other: "_Term") -> bool:
        if self._value is None or other._value is None:
            return self._value is not None and other._value is None
        if self._descending:
            return bool(other._value < self._value)
        return bool(self._value < other._value)
