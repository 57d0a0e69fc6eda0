"""Groupings at national scale are read from a rollup, or charged or rejected by cost."""

import asyncio
import gc
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any
from unittest.mock import patch

import pytest

from erikti.database.connection import fetch
from erikti.guard.budget import Budget
from erikti.guard.limits import Limits
from erikti.web import console
from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders import scans
from resolvers.dataloaders.listings import ANY, Aggregate, Listing
from resolvers.dataloaders.rollups import covering_rollup
from resolvers.dataloaders.volunteers import VOLUNTEERS
from tests.schema.lists import LISTED, ROOTS, ids
from tests.support.queries import ANALYST, KEY, REGISTRAR, engine, is_query, statements

pytestmark = pytest.mark.usefixtures("open_nation")
NATION = 45_000
MOST = Limits().cost
SPORT = "fieldsOfWork: { contains: SPORT }"
# The number of values that the cost limit lets one operation group.
PER_STATEMENT = 60_000


@pytest.fixture(autouse=True)
def _nation() -> Iterator[None]:
    """Pretend that every growing table has many records."""

    async def counted(sql: str, parameters: Sequence[Any]) -> Any:
        assert " FROM volunteers t" not in sql
        assert parameters is not None
        return [(NATION,)]

    with patch.object(scans, "fetch", counted):
        yield


def sets(listing: Listing) -> Iterator[tuple[str, ...]]:
    """Yield each dimension of a list, all pairs, and the first ones together."""
    yield tuple(listing.dimensions)[:5]
    for size in (1, 2):
        yield from combinations(listing.dimensions, size)


def asked(listing: Listing, by: Sequence[str], inner: str = "count") -> str:
    named = ", ".join(name.upper() for name in by)
    return f"{{ {ROOTS[listing.name]} {{ groups(by: [{named}], first: 1) {{ nodes {{ {inner} }} }} }} }}"


async def run(text: str, **options: Any) -> tuple[Any, Context]:
    context = Context(Language.EN, KEY, REGISTRAR, **{"purpose": "REGISTRATION", **options})
    return await engine().execute(text, {}, context), context


@pytest.mark.parametrize("listing", LISTED, ids=lambda listing: listing.name)
async def test_every_grouping_is_precomputed_charged_or_rejected(listing: Listing) -> None:
    for by in sets(listing):
        await check(listing, by)


async def check(listing: Listing, by: tuple[str, ...]) -> None:
    dimensions = [listing.dimensions[name] for name in by]
    small = listing.model._meta.db_table not in scans.GROWING
    values = NATION * sum(scans.weight(listing, dimension) for dimension in dimensions)
    with statements() as texts:
        result, context = await run(asked(listing, by))
    if small or covering_rollup(listing, ANY, None, dimensions):
        assert result.errors is None
        assert context.spent.requested <= 30
    elif values <= PER_STATEMENT:
        assert result.errors is None
        assert context.spent.actual >= values // scans.GROUPED
    else:
        (error,) = result.errors
        assert error.extensions["code"] == "LIMIT_EXCEEDED"
        assert error.extensions["limit"] == "cost"
        assert error.extensions["asked"] > error.extensions["allowed"] == MOST
        assert f"groups by {', '.join(by).upper()}" in error.message
        assert texts == []


async def test_every_aggregate_by_one_dimension_is_charged() -> None:
    for listing in LISTED:
        if listing.measures and listing.model._meta.db_table in scans.GROWING:
            inner = "".join(
                f"{m.replace('_t', 'T').replace('_c', 'C')} {{ max }}" for m in listing.measures
            )
            for by, dimension in listing.dimensions.items():
                numbers = [Aggregate("max", measure) for measure in listing.measures]
                if covering_rollup(listing, ANY, None, [dimension], numbers):
                    continue
                result, context = await run(asked(listing, (by,), f"count {inner}"))
                assert result.errors or context.spent.requested >= NATION // scans.GROUPED


async def test_least_and_most_hours_are_precomputed_by_place_and_project() -> None:
    for field, by, measure in (
        ("volunteers", "REGION, STATUS, SILVER", "hoursTotal"),
        ("participations", "ROLE, PROJECT_REGION", "hours"),
    ):
        text = f"{{ {field} {{ groups(by: [{by}]) {{ nodes {{ {measure} {{ min max }} }} }} }} }}"
        result, context = await run(text)
        assert result.errors is None
        assert context.spent.conditions == 0


async def test_two_groupings_are_refused_together() -> None:
    one = "groups(by: [ORGANISATION], first: 1) { nodes { count hoursTotal { max } } }"
    result, context = await run(f"{{ volunteers {{ a: {one} b: {one} }} }}")
    assert result.errors is None, "the same one is made once"
    other = one.replace("ORGANISATION", "REGION, ORGANISATION")
    result, context = await run(f"{{ volunteers {{ a: {one} b: {other} }} }}")
    assert result.data is None
    assert [error.extensions["limit"] for error in result.errors] == ["cost"]
    assert context.spent.actual < MOST


async def test_counts_without_a_rollup_are_charged() -> None:
    text = "{ volunteers(filter: { %s }) { totalCount } }"
    for condition, points in (
        ("fieldsOfWork: { containsAny: [SPORT, HEALTH] }", 5 + 2 + NATION // scans.COUNTED),
        ('hoursTotal: { range: { min: "10" } }', 5 + 2),
        ('registeredOn: { range: { min: "2024-01-01" } }', 5 + 2),
    ):
        _, context = await run(text % condition)
        assert context.spent.requested == context.spent.actual == points


@pytest.mark.parametrize(
    ("condition", "points"),
    [
        (f'hoursTotal: {{ range: {{ min: "99999" }} }}, {SPORT}', NATION // scans.SEARCHED + 1),
        ('hoursTotal: { range: { min: "99999" } }', 0),
        ('hoursTotal: { range: { min: "0" } }', 0),  # the page is full
        ('registeredOn: { range: { min: "2090-01-01" } }', 0),
        ('id: { eq: "VmOl" }', 0),
    ],
)
async def test_a_search_with_few_matches_is_charged(condition: str, points: int) -> None:
    if "VmOl" in condition:
        condition = condition.replace("VmOl", (await ids("Volunteer", 1))[0])
    text = f"{{ volunteers(first: 2, filter: {{ {condition} }}) {{ nodes {{ id }} }} }}"
    result, context = await run(text)
    assert result.errors is None
    assert context.spent.requested == 1 + 2 + 1 + points
    assert context.spent.actual == 1 + len(result.data["volunteers"]["nodes"]) + 1 + points


@pytest.mark.parametrize("left", [0, 10_000])
async def test_costs_found_during_execution_are_charged_to_the_budget(left: int) -> None:
    budget = Budget(60)

    async def pay(spent: Any, points: int) -> None:
        spent.left = await budget.spend("who", points, left)

    text = "{ volunteers { groups(by: [ORGANISATION], first: 1) { nodes { count hoursTotal { max } } } } }"
    result, context = await run(text, pay=pay)
    if left:
        assert context.spent.left is not None
        assert left - context.spent.left.remaining == NATION // scans.GROUPED
    else:
        (error,) = result.errors
        assert error.extensions["limit"] == "budget"
        assert result.data is None


async def test_few_records_cost_nothing_whatever_they_are_grouped_by() -> None:
    inner = (
        "participations(first: 1) { groups(by: [STARTS_WEEK, PROJECT, ROLE]) { nodes { count } } }"
    )
    text = f"{{ volunteers(first: 2) {{ nodes {{ {inner} }} }} }}"
    context = Context(Language.EN, KEY, ANALYST)
    result = await engine().execute(text, {}, context)
    assert result.errors is None
    assert context.spent.actual < 1_200


@pytest.mark.parametrize("text", [text for text in console.examples() if is_query(text)])
async def test_examples_request_only_cacheable_fields(text: str) -> None:
    result, context = await run(text, purpose="REGISTRATION")
    assert result.errors is None
    assert context.spent.requested == engine().documents.find(text).requested(None, None)[0]


async def test_data_of_a_grouping_is_freed_without_garbage_collection() -> None:
    gc.disable()
    try:
        result, context = await run(asked(VOLUNTEERS, ["organisation"], "count hoursTotal { max }"))
        assert result.errors is None
        loaders = weakref.ref(context.loaders)
        del result, context
        await asyncio.sleep(0)
        assert loaders() is None
    finally:
        gc.enable()


async def test_points_reveal_nothing_about_hidden_records() -> None:
    local = replace(ANALYST, region="KZ-75")
    points = []
    by = "groups(by: [VOLUNTEER], first: 1) { nodes { count } }"
    project, other = await ids("Project", 2)
    for caller in (ANALYST, local):
        for id_ in (project, other):
            with patch.object(scans, "fetch", fetch):  # all records
                inner = f"... on Project {{ participations(first: 1) {{ {by} }} }}"
                text = f'{{ node(id: "{id_}") {{ {inner} }} }}'
                context = Context(Language.EN, KEY, caller)
                assert (await engine().execute(text, {}, context)).errors is None
            points.append(context.spent.conditions)
    assert points[2] == points[3] > max(points[:2])
