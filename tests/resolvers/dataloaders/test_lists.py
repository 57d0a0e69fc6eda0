"""Pages, totals and groups of every list, compared with a computation in Python."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pytest

from erikti.database.connection import dialect
from models.volunteers import Volunteer
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.awards import NOMINATIONS
from resolvers.dataloaders.cis_forum import DELEGATES, DELEGATIONS, FORUM_SESSIONS
from resolvers.dataloaders.listings import (
    ANY,
    Condition,
    Every,
    Listing,
    Not,
    Order,
    PageRequest,
    ReferencedBy,
    Some,
)
from resolvers.dataloaders.pages import Parent
from resolvers.dataloaders.people import PEOPLE
from resolvers.dataloaders.un_placements import PLACEMENTS
from resolvers.dataloaders.volunteers import (
    GRANTS,
    PARTICIPATIONS,
    PROJECTS,
    VOLUNTEERS,
)
from tests.resolvers.dataloaders.by_hand import (
    SESSIONS,
    Records,
    Row,
    column,
    key_of,
    lists_of,
    ordered,
    plain,
    sorted_by,
)

Listed = tuple[Listing, Parent | None]
# Listings that are used only in filters of relations have no lists.
WHOLE: list[Listed] = [(found, None) for found in LISTINGS if found.orders]
NESTED: list[Listed] = [
    (VOLUNTEERS, Parent("region_id")),
    (VOLUNTEERS, Parent("organisation_id")),
    (PROJECTS, Parent("organisation_id")),
    (PARTICIPATIONS, Parent("project_id")),
    (PARTICIPATIONS, Parent("volunteer_id")),
    (GRANTS, Parent("recipient_organisation_id")),
    (DELEGATIONS, Parent("country_id")),
    (DELEGATES, Parent("delegation_id")),
    (FORUM_SESSIONS, Parent(link=SESSIONS)),
    (PLACEMENTS, Parent("programme_id")),
    (NOMINATIONS, Parent("edition_id")),
    (NOMINATIONS, Parent("nominee_organisation_id")),
]
PARENTS = 30
MOST = 250
pytestmark = [pytest.mark.usefixtures("open_nation"), pytest.mark.asyncio(loop_scope="module")]


def named(value: Any) -> str | None:
    if isinstance(value, Listing):
        return value.name
    return None if value is None else str(value.column or value.link.owner)


def stored(keys: Sequence[Any], listing: Listing, parent: Parent | None) -> list[Any]:
    """Return parents' keys in the form of rows."""
    if parent is None:
        return list(keys)
    model, name = listing.model, parent.column
    if parent.link is not None:
        model, name = parent.link.model, parent.link.owner
    return [dialect().encode(model._meta.fields_map[str(name)], key) for key in keys]


def orders(listing: Listing) -> Iterator[tuple[Order, ...]]:
    """Yield no order, each field in both directions, and pairs in all mixed directions."""
    yield ()
    for name, down in product(listing.sorted, (False, True)):
        yield (Order(name, down),)
    if len(listing.sorted) > 1:
        first, second = listing.sorted[:2]
        for one, other in product((False, True), repeat=2):
            yield Order(first, one), Order(second, other)


async def shown(
    listing: Listing, parent: Parent | None, request: PageRequest, keys: Sequence[Any]
) -> list[tuple[list[Any], bool]]:
    """Return the keys of the records on each parent's page, and whether there are more."""
    pages = await lists_of(listing, parent).pages(request).load_many(stored(keys, listing, parent))  # type: ignore[misc]
    name = key_of(listing.model)
    return [([plain(getattr(row, name)) for row in page.rows], page.more) for page in pages]


def page(
    listing: Listing, rows: Sequence[Row], size: int, backward: bool
) -> tuple[list[Any], bool]:
    """Return the expected first or last page of ordered rows."""
    keys = [row[key_of(listing.model)] for row in rows]
    part = keys[max(len(keys) - size, 0) :] if backward else keys[:size]
    return part, len(keys) > size


@pytest.mark.parametrize(("listing", "parent"), [*WHOLE, *NESTED], ids=named)
async def test_pages_are_the_ends_of_the_sorted_records_of_each_parent(
    records: Records, listing: Listing, parent: Parent | None
) -> None:
    owned = records.of_parent(listing, parent)
    keys = sorted(owned, key=lambda key: (-len(owned[key]), key))[:PARENTS]
    # The size of one parent's list, or of the whole list.
    exactly = min(max(len(owned[keys[len(keys) // 2]]), 1), MOST) if keys else 1
    for order in orders(listing):
        in_order = [ordered(listing.model, owned[key], order) for key in keys]
        for backward, size in product((False, True), {2, exactly}):
            request = PageRequest(size, order, backward=backward)
            assert await shown(listing, parent, request, keys) == [
                page(listing, rows, size, backward) for rows in in_order
            ], (order, backward, size)


@pytest.mark.parametrize(("listing", "parent"), [*WHOLE, *NESTED], ids=named)
async def test_pages_continue_after_and_before_every_kind_of_record(
    records: Records, listing: Listing, parent: Parent | None
) -> None:
    owned = records.of_parent(listing, parent)
    keys = sorted(owned, key=lambda key: (-len(owned[key]), key))[:PARENTS]
    for order in orders(listing):
        by_key = {key: ordered(listing.model, owned[key], order) for key in keys}
        unique = {id(row): row for rows in by_key.values() for row in rows}
        everything = ordered(listing.model, list(unique.values()), order)
        names = [*(column(listing.model, term.field) for term in order), key_of(listing.model)]
        for place in remarkable(everything, names):
            position = tuple(
                sorted_by(listing.model, name, everything[place][name]) for name in names
            )
            for backward in (False, True):
                part = everything[:place] if backward else everything[place + 1 :]
                kept = {id(other) for other in part}
                request = PageRequest(4, order, position=position, backward=backward)
                assert await shown(listing, parent, request, keys) == [
                    page(listing, [r for r in by_key[key] if id(r) in kept], 4, backward)
                    for key in keys
                ], (order, position, backward)


@pytest.mark.parametrize(("listing", "parent"), [*WHOLE, *NESTED], ids=named)
async def test_pages_between_two_records_are_slices(
    records: Records, listing: Listing, parent: Parent | None
) -> None:
    owned = records.of_parent(listing, parent)
    keys = sorted(owned, key=lambda key: (-len(owned[key]), key))[:3]
    for order in orders(listing):
        by_key = {key: ordered(listing.model, owned[key], order) for key in keys}
        unique = {id(row): row for rows in by_key.values() for row in rows}
        everything = ordered(listing.model, list(unique.values()), order)
        names = [*(column(listing.model, term.field) for term in order), key_of(listing.model)]
        places = remarkable(everything, names)
        for start, end in product(places, places):
            after, before = (
                tuple(sorted_by(listing.model, name, everything[place][name]) for name in names)
                for place in (start, end)
            )
            kept = {id(other) for other in everything[start + 1 : end]}
            for backward in (False, True):
                bounds = (before, after) if backward else (after, before)
                request = PageRequest(4, order, ANY, *bounds, backward)
                assert await shown(listing, parent, request, keys) == [
                    page(listing, [r for r in by_key[key] if id(r) in kept], 4, backward)
                    for key in keys
                ], (order, start, end, backward)


def remarkable(rows: Sequence[Row], names: Sequence[str]) -> list[int]:
    """Return the first, last and a middle position, and those at which values become None."""
    places = {0, len(rows) // 2, len(rows) - 1}
    for name in names:
        absent = [place for place, row in enumerate(rows) if row[name] is None]
        if absent:
            places |= {absent[0] - 1, absent[0]}
    return [place for place in sorted(places) if 0 <= place < len(rows)]


@pytest.mark.parametrize("listing", [listing for listing, _ in WHOLE], ids=named)
async def test_conditions_match_the_expected_records(records: Records, listing: Listing) -> None:
    leaves = list(records.conditions(listing))
    if not leaves:
        assert not records.rows[listing.model]
        return
    for given in combined(leaves):
        expected = [r for r in records.rows[listing.model] if fulfils(records, listing, r, given)]
        size = min(max(len(expected), 1), 20)
        request = PageRequest(size, condition=given)
        whole = ordered(listing.model, expected, ())
        assert await shown(listing, None, request, [None]) == [page(listing, whole, size, False)], (
            given
        )
        assert await lists_of(listing).counts(given).load(None) == len(expected), given


def fulfils(records: Records, listing: Listing, row: Row, condition: Condition) -> bool:
    return records.fulfils(listing.model, row, condition)


def combined(leaves: Sequence[Condition]) -> Iterator[Condition]:
    """Yield conditions, their negations, and combinations with neighbours in every nesting."""
    yield ANY
    yield Some(())
    for place, leaf in enumerate(leaves):
        yield leaf if place % 2 else Not(leaf)
        second, third = leaves[place - 1], leaves[place - 2]
        if place % 6 == 0:
            yield Every((leaf, Some((second, third))))
            yield Some((leaf, Every((second, third))))
            yield Not(Some((leaf, second)))
            yield Not(Every((Not(leaf), second)))


async def test_people_are_found_by_records_that_refer_to_them(records: Records) -> None:
    for model, field in ((Volunteer, "person"), (NOMINATIONS.model, "nominee_person")):
        listing = next(found for found in LISTINGS if found.model is model)
        leaf = list(records.conditions(listing, 0))[-1]
        for given in (ReferencedBy(model, field, leaf), Not(ReferencedBy(model, field, leaf))):
            pointing = {
                row[column(model, field)]
                for row in records.rows[model]
                if records.fulfils(model, row, leaf)
            }
            wanted = isinstance(given, ReferencedBy)
            expected = [r for r in records.rows[PEOPLE.model] if (r["id"] in pointing) == wanted]
            assert await lists_of(PEOPLE).counts(given).load(None) == len(expected)
            request = PageRequest(5, condition=given)
            assert await shown(PEOPLE, None, request, [None]) == [
                page(PEOPLE, ordered(PEOPLE.model, expected, ()), 5, False)
            ]


@pytest.mark.parametrize(("listing", "parent"), NESTED, ids=named)
async def test_nested_lists_apply_a_condition_and_count_the_matches(
    records: Records, listing: Listing, parent: Parent
) -> None:
    owned = records.of_parent(listing, parent)
    keys = sorted(owned, key=lambda key: (len(owned[key]), key))[-PARENTS:]
    others = sorted(owned, key=lambda key: (len(owned[key]), key))[:-PARENTS][:3]
    order = (Order(listing.sorted[0], True),)
    for given in [ANY, *list(records.conditions(listing))[::3]]:
        kept = {
            key: [r for r in owned[key] if records.fulfils(listing.model, r, given)]
            for key in (*keys, *others)
        }
        counts = lists_of(listing, parent).counts(given)
        requested = stored(list(kept), listing, parent)
        assert await counts.load_many(requested) == [len(rows) for rows in kept.values()], given  # type: ignore[misc]
        assert await shown(listing, parent, PageRequest(2, order, given), list(kept)) == [
            page(listing, ordered(listing.model, rows, order), 2, False) for rows in kept.values()
        ], given
