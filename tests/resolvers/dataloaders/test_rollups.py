"""Rollups give the same results as the records, which are not read."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erikti.database.connection import Database, fetch
from resolvers.dataloaders.groups import load_groups
from resolvers.dataloaders.listings import (
    ANY,
    Aggregate,
    Comparison,
    Condition,
    Every,
    GroupRequest,
    Listing,
    Not,
    Related,
    Some,
)
from resolvers.dataloaders.pages import Parent, Source, load_counts
from resolvers.dataloaders.people import PEOPLE
from resolvers.dataloaders.rollups import covering_rollup
from resolvers.dataloaders.volunteers import ENQUIRIES, GOOD_DEEDS, PARTICIPATIONS, VOLUNTEERS
from tests.support.queries import ask, statements

LARGE = re.compile(
    r"\b(?:FROM|JOIN) (volunteers|volunteer_directions|participations|enquiries|good_deeds|people)\b"
)
CITY = Related("region", Comparison("kind", "eq", "CITY"))
YEAR = datetime(2025, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LEAVES: dict[str, list[Condition]] = {
    "Volunteer": [
        Comparison("status", "eq", "ACTIVE"),
        Comparison("status", "ne", "ACTIVE"),
        Comparison("status", "in", ("INACTIVE", "WITHDRAWN")),
        Comparison("silver", "eq", True),
        Comparison("organisation", "is_null", True),
        Comparison("front_office", "is_null", False),
        Comparison("registered_on", "min", date(2024, 1, 1)),
        Comparison("registered_on", "max", date(2024, 2, 29)),
        Comparison("registered_on", "max", date(2024, 2, 28)),
        Comparison("registered_on", "min", date(2023, 5, 7)),
        Comparison("registered_on", "in", (date(2024, 12, 5), date(2025, 1, 1))),
        Comparison("fields_of_work", "in", ("SPORT",)),
        Comparison("fields_of_work", "in", ("SPORT", "ECOLOGY")),
        Comparison("hours_total", "min", Decimal("5")),
        CITY,
    ],
    "Participation": [
        Comparison("role", "eq", "PARTICIPANT"),
        Comparison("starts_on", "min", date(2024, 1, 1)),
        Comparison("starts_on", "max", date(2024, 5, 17)),
        Related("project", Comparison("status", "eq", "COMPLETED")),
        Related("volunteer", Comparison("silver", "eq", True)),
    ],
    "Enquiry": [
        Comparison("status", "ne", "RESOLVED"),
        Comparison("topic", "in", ("HOURS", "GRANTS")),
        Comparison("region", "is_null", True),
        Comparison("opened_at", "min", YEAR),
        Comparison("opened_at", "max", YEAR - TICK),
        Comparison("opened_at", "max", YEAR),
        Comparison("resolved_at", "is_null", True),
        Comparison("resolved_at", "min", YEAR + timedelta(days=3)),
        Comparison("call_centre", "ne", "c"),
        CITY,
    ],
    "GoodDeed": [
        Comparison("edition", "eq", 2025),
        Comparison("happened_on", "min", date(2025, 6, 1)),
        Comparison("happened_on", "max", date(2025, 6, 15)),
        Comparison("participant_count", "min", 3),
        CITY,
    ],
    "Person": [
        Comparison("recorded_on", "min", date(2025, 1, 1)),
        Comparison("recorded_on", "max", date(2100, 1, 3)),
        Comparison("display_name", "contains", "ан"),
    ],
}
PARENTS = {"Volunteer": ["region_id", "organisation_id"], "Participation": ["project_id"]}
# True for every record, but not covered by any rollup.
UNKNOWN = Comparison("id", "ne", UUID(int=0))
LISTINGS = [VOLUNTEERS, PARTICIPATIONS, ENQUIRIES, GOOD_DEEDS, PEOPLE]


def conditions(listing: Listing) -> st.SearchStrategy[Condition]:
    """Return possible conditions on the records of a listing."""
    return st.recursive(
        st.sampled_from([ANY, *LEAVES[listing.name]]),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Every(tuple(parts)))
            | st.lists(inner, min_size=1, max_size=3).map(lambda parts: Some(tuple(parts)))
            | inner.map(Not)
        ),
        max_leaves=4,
    )


@st.composite
def questions(draw: st.DrawFn, listing: Listing) -> tuple[Source, GroupRequest]:
    """Draw a request for groups of a listing, whole or by parent."""
    numbers = [Aggregate("count")]
    numbers += [Aggregate(f, name) for name in listing.measures for f in ("sum", "avg")]
    several = st.sampled_from(sorted(listing.dimensions))
    by = draw(st.lists(several, min_size=1, max_size=3, unique=True))
    bounds = st.tuples(
        st.sampled_from(numbers), st.sampled_from(["min", "max", "ne"]), st.integers(0, 40)
    )
    keys = st.sampled_from([*by, *numbers])
    request = GroupRequest(
        by=tuple(by),
        size=draw(st.sampled_from([1, 7, 500])),
        condition=draw(conditions(listing)),
        having=tuple(draw(st.lists(bounds, max_size=2))),
        order=tuple(draw(st.lists(st.tuples(keys, st.booleans()), max_size=2))),
        aggregates=frozenset(draw(st.sets(st.sampled_from(numbers)))),
    )
    column = draw(st.sampled_from([None, *PARENTS.get(listing.name, [])]))
    return Source(listing, None if column is None else Parent(column=column)), request


async def compare(url: str, source: Source, request: GroupRequest) -> None:
    """Check that groups and counts from rollups match those from the records."""
    async with Database(url):
        keys: list[Any] = [None]
        if source.parent is not None:
            base = source.listing.model._meta.db_table
            found = await fetch(f"SELECT DISTINCT {source.parent.column} FROM {base}")
            keys = [row[0] for row in found if row[0] is not None]
        slow = Every((request.condition, UNKNOWN))
        by_records = replace(request, condition=slow)
        assert covering_rollup(source.listing, slow) is None
        groups = await load_groups(source, request, keys)
        assert groups == await load_groups(source, by_records, keys)
        counts = await load_counts(source, request.condition, keys)
        assert counts == await load_counts(source, slow, keys)
        assert all(type(count) is int for count in counts)
        assert all(type(group.count) is int for page in groups for group in page.rows)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rollups_give_the_same_results_as_the_records(
    populated: str, listing: Listing, data: st.DataObject
) -> None:
    source, request = data.draw(questions(listing))
    asyncio.run(compare(populated, source, request))


NUMBERS = "count hoursTotal { sum avg }"
TILES = [
    "volunteers { totalCount }",
    "volunteers(filter: { status: { eq: ACTIVE } }) { totalCount }",
    'volunteers(filter: { region: { code: { eq: "KZ-75" } }, silver: { eq: true } }) { totalCount }',
    "volunteers(filter: { fieldsOfWork: { contains: SPORT } }) { totalCount }",
    f"volunteers {{ groups(by: [REGION, STATUS]) {{ nodes {{ region {{ code }} status {NUMBERS} }} }} }}",
    f"volunteers {{ groups(by: [ORGANISATION], first: 10) {{ nodes {{ {NUMBERS} }} }} }}",
    f"volunteers {{ groups(by: [FIELD_OF_WORK, REGION]) {{ nodes {{ fieldOfWork {NUMBERS} }} }} }}",
    f"volunteers {{ groups(by: [FRONT_OFFICE, SILVER]) {{ nodes {{ silver {NUMBERS} }} }} }}",
    "volunteers { groups(by: [REGISTERED_WEEK]) { nodes { registeredWeek count } } }",
    "volunteers { groups(by: [REGISTERED_MONTH, REGION]) { nodes { registeredMonth count } } }",
    """volunteers(filter: { registeredOn: { range: { min: "2025-01-01", max: "2025-12-31" } } }) {
         groups(by: [REGISTERED_QUARTER, STATUS]) { nodes { registeredQuarter count } } }""",
    """volunteers { groups(by: [REGION], having: { hoursTotal: { avg: { range: { min: "0.1" } } } },
         orderBy: [{ field: HOURS_TOTAL_SUM, direction: DESC }], first: 5) { nodes { region { code } count } } }""",
    "regions { volunteers { totalCount groups(by: [STATUS]) { nodes { status count } } } }",
    "organisations { nodes { volunteers { totalCount } } }",
    "organisations { nodes { volunteers { groups(by: [STATUS]) { nodes { status count } } } } }",
    "projects { nodes { participations { totalCount groups(by: [ROLE]) { nodes { count hours { sum } } } } } }",
    "enquiries { totalCount groups(by: [TOPIC, CHANNEL]) { nodes { topic channel count } } }",
    "enquiries { groups(by: [OPENED_WEEK, STATUS]) { nodes { openedWeek count } } }",
    "enquiries { groups(by: [OPENED_MONTH, REGION]) { nodes { openedMonth count } } }",
    "enquiries { groups(by: [RESOLVED_MONTH]) { nodes { resolvedMonth count } } }",
    """enquiries(filter: { openedAt: { range: {
         min: "2025-01-01T00:00:00+05:00", max: "2025-12-31T23:59:59.999999+05:00" } } }) {
         totalCount groups(by: [TOPIC]) { nodes { count } } }""",
    'enquiries(filter: { openedAt: { range: { min: "2024-06-15T00:00:00+05:00" } } }) { totalCount }',
    "enquiries(filter: { resolvedAt: { isNull: false } }) { totalCount }",
    """volunteers(filter: { registeredOn: { range: { max: "9999-12-31" } } }) {
         totalCount groups(by: [REGION]) { nodes { count } } }""",
    'goodDeeds(filter: { happenedOn: { eq: "2025-06-05" } }) { totalCount }',
    "volunteers(filter: { not: { status: { eq: ACTIVE } } }) { totalCount }",
    "volunteers(filter: { or: [{ silver: { eq: true } }, { status: { eq: ACTIVE } }] }) { totalCount }",
    "goodDeeds { totalCount groups(by: [YEAR, REGION]) { nodes { year participantCount { sum avg } } } }",
    "goodDeeds { groups(by: [HAPPENED_WEEK]) { nodes { happenedWeek count } } }",
    "statistics(year: 2025) { figures { code counted } }",
]


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize("tile", TILES)
async def test_no_tile_reads_a_large_table(tile: str) -> None:
    with statements() as texts:
        data = await ask(f"{{ {tile} }}")
    assert all(data.values())
    assert texts
    assert [text for text in texts if LARGE.search(text)] == []


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize(
    ("listing", "condition", "by", "numbers"),
    [
        (VOLUNTEERS, Comparison("hours_total", "min", Decimal(1)), ["organisation"], []),
        (VOLUNTEERS, Comparison("registered_on", "max", date(2024, 2, 28)), ["region"], []),
        (VOLUNTEERS, Comparison("fields_of_work", "in", ("SPORT", "HEALTH")), ["region"], []),
        (VOLUNTEERS, Comparison("fields_of_work", "in", ("SPORT",)), ["field_of_work"], []),
        (VOLUNTEERS, Not(Comparison("fields_of_work", "in", ("SPORT",))), ["region"], []),
        (VOLUNTEERS, ANY, ["region", "registered_week"], []),
        (VOLUNTEERS, ANY, ["organisation"], [Aggregate("max", "hours_total")]),
        (ENQUIRIES, ANY, ["topic"], [Aggregate("median", "time_to_resolve")]),
        (PARTICIPATIONS, ANY, ["volunteer"], []),
        (ENQUIRIES, Comparison("opened_at", "max", YEAR), ["channel"], []),
    ],
)
async def test_requests_without_a_rollup_read_the_records(
    listing: Listing, condition: Condition, by: list[str], numbers: list[Aggregate]
) -> None:
    dimensions = [listing.dimensions[name] for name in by]
    assert covering_rollup(listing, condition, None, dimensions, numbers) is None
    request = GroupRequest(tuple(by), 500, condition, aggregates=frozenset(numbers))
    (page,) = await load_groups(Source(listing), request, [None])
    requested = {(a.measure, a.function) for a in numbers}
    measures = page.rows[0].measures
    assert {(name, f) for name in measures for f in measures[name]} == requested
