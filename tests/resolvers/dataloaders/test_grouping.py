"""Groups of every list, whole and by parent, compared with a computation in Python."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from erikti.database.connection import dialect
from erikti.database.fields import FixedPoint
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.awards import NOMINATIONS
from resolvers.dataloaders.cis_forum import DELEGATES, DELEGATIONS, FORUM_SESSIONS
from resolvers.dataloaders.listings import Aggregate, Group, GroupPage, GroupRequest, Listing
from resolvers.dataloaders.pages import Parent
from resolvers.dataloaders.un_placements import PLACEMENTS
from resolvers.dataloaders.volunteers import GRANTS, PARTICIPATIONS, PROJECTS, VOLUNTEERS
from tests.resolvers.dataloaders.by_hand import (
    SESSIONS,
    Records,
    Row,
    aggregates_of,
    lists_of,
    plain,
)

COUNT = Aggregate("count")
GROUPED = [listing for listing in LISTINGS if listing.groups]
NESTED = [
    (VOLUNTEERS, Parent("region_id")),
    (VOLUNTEERS, Parent("organisation_id")),
    (PROJECTS, Parent("organisation_id")),
    (PARTICIPATIONS, Parent("project_id")),
    (GRANTS, Parent("recipient_organisation_id")),
    (DELEGATIONS, Parent("country_id")),
    (DELEGATES, Parent("delegation_id")),
    (FORUM_SESSIONS, Parent(link=SESSIONS)),
    (PLACEMENTS, Parent("programme_id")),
    (NOMINATIONS, Parent("edition_id")),
]
PARENTS = 40
pytestmark = [pytest.mark.usefixtures("open_nation"), pytest.mark.asyncio(loop_scope="module")]


def named(value: Any) -> str:
    return value.name if isinstance(value, Listing) else str(value.column or value.link.owner)


def wanted(listing: Listing, request: GroupRequest) -> set[Aggregate]:
    """Return the expected aggregates of groups besides the count."""
    every = aggregates_of(listing)
    if request.aggregates is None:
        return every
    bounds = (aggregate for aggregate, _, _ in request.having)
    return every & {*request.aggregates, *bounds, *(key for key, _ in request.order)}


def shown(group: Group) -> Row:
    """Return a group in the form of the computed ones."""
    numbers = {
        Aggregate(function, measure): number
        for measure, own in group.measures.items()
        for function, number in own.items()
    }
    keys = {name: plain(value) for name, value in group.keys.items()}
    return {**keys, **numbers, COUNT: group.count}  # type: ignore[dict-item]


def expected(listing: Listing, request: GroupRequest, groups: Sequence[Row]) -> list[Row]:
    """Return computed groups with the requested aggregates, averages rounded."""
    kept = {*request.by, COUNT, *wanted(listing, request)}
    found = []
    for group in groups:
        row = {name: value for name, value in group.items() if name in kept}
        for aggregate in wanted(listing, request):
            if row[aggregate] is not None:  # type: ignore[index]
                row[aggregate] = rounded(listing, aggregate, row[aggregate])  # type: ignore[index]
        found.append(row)
    return found


def rounded(listing: Listing, aggregate: Aggregate, number: Any) -> Any:
    """Return a number with the decimals of its kind."""
    if listing.duration(str(aggregate.measure)):
        return round(number, 2)
    field = listing.model._meta.fields_map[str(aggregate.measure)]
    places = field.places if isinstance(field, FixedPoint) else 0
    return round(number, places + 4) if aggregate.function == "avg" else number


def requests(records: Records, listing: Listing) -> Iterator[GroupRequest]:
    """Return requests by each dimension and combinations, ordered, bounded and limited."""
    names = sorted(listing.dimensions)
    sums = sorted(aggregates_of(listing), key=str)
    some = list(records.conditions(listing, 0))[::4]
    for place, name in enumerate(names):
        yield GroupRequest((name,), 500)
        yield GroupRequest((name,), 3, some[place % len(some)] if some else _any())
        pair = (name, names[place - 1]) if len(names) > 1 else (name,)
        yield GroupRequest(pair, 7, order=((pair[-1], True),))
        yield GroupRequest(pair, 500, having=((COUNT, "min", 2), (COUNT, "max", 40)))
        yield GroupRequest(pair, 500, aggregates=frozenset(sums[:1]))
        for aggregate in sums[place % 2 :: 2]:
            order = ((aggregate, place % 2 == 0), (name, True))
            yield GroupRequest(pair, 5, order=order, aggregates=frozenset())
    yield GroupRequest(tuple(names[:3]), 500, order=((COUNT, False),))


def _any() -> Any:
    return GroupRequest((), 0).condition


async def asked(
    listing: Listing, parent: Parent | None, request: GroupRequest, keys: Sequence[Any]
) -> list[list[Row]]:
    """Return the groups of each parent."""
    loader = lists_of(listing, parent).groups(request)
    answers = await loader.load_many(keys)  # type: ignore[misc]
    return [[shown(group) for group in page.rows] for page in answers]


@pytest.mark.parametrize("listing", GROUPED, ids=named)
async def test_groups_are_those_of_a_count_by_hand(records: Records, listing: Listing) -> None:
    rows = records.rows[listing.model]
    for request in requests(records, listing):
        by_hand = expected(listing, request, records.groups(listing, rows, request))
        assert await asked(listing, None, request, [None]) == [by_hand], request


@pytest.mark.parametrize("listing", [found for found in GROUPED if found.functions], ids=named)
async def test_bounds_of_numbers_keep_the_groups_within_them(
    records: Records, listing: Listing
) -> None:
    rows = records.rows[listing.model]
    name = min(set(listing.dimensions) - {"volunteer"})
    for measure, functions in listing.functions.items():
        for function in functions:
            aggregate = Aggregate(function, measure)
            numbers = [
                group[aggregate]  # type: ignore[index]
                for group in records.groups(listing, rows, GroupRequest((name,), 500))
            ]
            known = sorted({number for number in numbers if number is not None})
            # An exact average may have infinitely many decimals; a bound has at most four.
            bound = round(known[len(known) // 2], 4)
            for operator in ("min", "max", "eq", "ne"):
                having = ((aggregate, operator, bound), (COUNT, "min", 2))
                request = GroupRequest((name,), 500, having=having, aggregates=frozenset())
                by_hand = expected(listing, request, records.groups(listing, rows, request))
                assert await asked(listing, None, request, [None]) == [by_hand], request


async def turned(
    listing: Listing, parent: Parent | None, request: GroupRequest, key: Any
) -> tuple[list[Row], set[int]]:
    """Return the groups of all pages of a parent, and the totals that the pages have."""
    found: list[Row] = []
    totals = set()
    while True:
        page: GroupPage = await lists_of(listing, parent).groups(request).load(key)
        rows = [shown(group) for group in page.rows]
        found = [*rows, *found] if request.backward else [*found, *rows]
        totals.add(page.total)
        if page.rows:
            last = page.rows[0 if request.backward else -1].position
            # What a cursor holds has been JSON.
            position = tuple(json.loads(json.dumps(last)))
            request = replace(request, position=position)
        if not page.more:
            end: GroupPage = await lists_of(listing, parent).groups(request).load(key)
            assert (end.rows, end.more) == ([], False)
            return found, totals | {end.total}


@pytest.mark.parametrize("listing", GROUPED, ids=named)
async def test_pages_hold_all_groups_once_and_their_number(
    records: Records, listing: Listing
) -> None:
    for place, asked_for in enumerate(requests(records, listing)):
        whole = replace(asked_for, size=10_000)
        (groups,) = await asked(listing, None, whole, [None])
        size = max(1, len(groups) // 3)
        request = replace(asked_for, size=size, backward=place % 2 == 1)
        assert await turned(listing, None, request, None) == (groups, {len(groups)}), request


@pytest.mark.parametrize(("listing", "parent"), NESTED[:3], ids=named)
async def test_pages_by_parent_hold_all_of_its_groups(
    records: Records, listing: Listing, parent: Parent
) -> None:
    owned = records.of_parent(listing, parent)
    key = max(owned, key=lambda key: (len(owned[key]), key))
    given = dialect().encode(listing.model._meta.fields_map[str(parent.column)], key)
    for name in sorted(listing.dimensions):
        request = GroupRequest((name,), 2, order=((COUNT, False),))
        groups = records.groups(listing, owned[key], replace(request, size=10_000))
        whole = expected(listing, request, groups)
        assert await turned(listing, parent, request, given) == (whole, {len(whole)}), name


@pytest.mark.parametrize(("listing", "parent"), NESTED, ids=named)
async def test_groups_by_parent_are_those_of_its_own_records(
    records: Records, listing: Listing, parent: Parent
) -> None:
    owned = records.of_parent(listing, parent)
    keys = sorted(owned, key=lambda key: (len(owned[key]), key))[-PARENTS:]
    model, name = listing.model, parent.column
    if parent.link is not None:
        model, name = parent.link.model, parent.link.owner
    given = [dialect().encode(model._meta.fields_map[str(name)], key) for key in keys]
    names = sorted(listing.dimensions)
    for by, limit in [*(((name,), 2) for name in names), (tuple(names[:2]), 500)]:
        order = tuple((Aggregate("avg", measure), True) for measure in listing.measures[:1])
        having = ((COUNT, "min", 2),)
        for request in (GroupRequest(by, limit, order=order), GroupRequest(by, 500, having=having)):
            assert await asked(listing, parent, request, given) == [
                expected(listing, request, records.groups(listing, owned[key], request))
                for key in keys
            ], request


async def test_a_parent_without_records_has_no_groups(records: Records) -> None:
    assert records.rows
    loader = lists_of(VOLUNTEERS, Parent("region_id")).groups(GroupRequest(("status",), 5))
    assert await loader.load("KZ-0") == GroupPage([], more=False, total=0)
    counted = await lists_of(VOLUNTEERS).groups(GroupRequest(("silver",), 5)).load(None)
    assert {type(group.keys["silver"]) for group in counted.rows} == {bool}
    assert all(isinstance(group.measures["hours_total"]["sum"], Decimal) for group in counted.rows)
