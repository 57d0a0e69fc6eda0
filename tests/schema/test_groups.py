"""Groups match a computation in Python for every dimension."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from erikti.database.connection import dialect, fetch
from tests.schema.lists import DIMENSIONS
from tests.support.queries import AS_REGISTRAR, ask, refuse

pytestmark = pytest.mark.usefixtures("open_nation")
MULTIPLE = {
    "FIELD_OF_WORK",
    "SUSTAINABLE_DEVELOPMENT_GOAL",
    "PROJECT_SUSTAINABLE_DEVELOPMENT_GOAL",
}
# Many volunteers took part in no year.
PARTIAL = {"PARTICIPATION_YEAR"}


async def volunteers() -> list[tuple[str, str, date, Decimal]]:
    """Return region, status, date of registration and hours of every volunteer."""
    rows = await fetch("SELECT region_id, status, registered_on, hours_total FROM volunteers")
    as_date = date.fromisoformat if dialect().name == "sqlite" else lambda day: day
    return [(r, s, as_date(day), Decimal(hours).scaleb(-1)) for r, s, day, hours in rows]


def truncated(day: date, unit: str) -> date:
    """Return the first day of a calendar unit, computed without SQL."""
    if unit == "WEEK":
        return day - timedelta(days=day.weekday())
    month = {"YEAR": 1, "QUARTER": (day.month - 1) // 3 * 3 + 1, "MONTH": day.month}[unit]
    return day.replace(month=month, day=1)


@pytest.mark.parametrize("unit", ["YEAR", "QUARTER", "MONTH", "WEEK"])
async def test_dates_are_truncated_to_calendar_units(unit: str) -> None:
    key = f"registered{unit.title()}"
    data = await ask(
        f"{{ volunteers {{ groups(by: [REGISTERED_{unit}]) {{ nodes {{ {key} count }} }} }} }}"
    )
    counted = Counter(truncated(day, unit).isoformat() for _, _, day, _ in await volunteers())
    groups = data["volunteers"]["groups"]["nodes"]
    assert {group[key]: group["count"] for group in groups} == counted
    assert [group["count"] for group in groups] == sorted(counted.values(), reverse=True)


async def test_several_keys_with_measures_equal_a_sum_by_hand() -> None:
    data = await ask(
        """{ volunteers { groups(by: [REGION, STATUS]) { nodes {
             region { code } status silver count hoursTotal { sum avg min max } } } } }"""
    )
    hours: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for region, status, _, given in await volunteers():
        hours[region, status].append(given)
    groups = data["volunteers"]["groups"]["nodes"]
    assert len(groups) == len(hours)
    for group in groups:
        own = hours[group["region"]["code"], group["status"]]
        measured = {name: Decimal(value) for name, value in group["hoursTotal"].items()}
        assert group["count"] == len(own)
        assert group["silver"] is None
        assert measured["sum"] == sum(own)
        assert measured["min"] == min(own)
        assert measured["max"] == max(own)
        assert abs(measured["avg"] - sum(own, Decimal()) / len(own)) < Decimal("0.0001")


@pytest.mark.parametrize(("field", "dimension"), DIMENSIONS, ids=str)
async def test_every_dimension_adds_up_to_the_total(field: str, dimension: str) -> None:
    data = await ask(
        f"{{ {field} {{ totalCount groups(by: [{dimension}]) {{ nodes {{ count }} }} }} }}",
        **AS_REGISTRAR,
    )
    counted = sum(group["count"] for group in data[field]["groups"]["nodes"])
    if dimension in PARTIAL:
        assert counted > 0
    elif dimension in MULTIPLE:
        assert counted >= data[field]["totalCount"] > 0
    elif len(data[field]["groups"]["nodes"]) < 500:
        assert counted == data[field]["totalCount"] > 0


async def test_groups_obey_the_filter_the_bounds_and_the_order() -> None:
    data = await ask(
        """{ volunteers(filter: { status: { eq: ACTIVE } }) { groups(
               by: [REGION]
               having: { count: { range: { min: 50 } }, hoursTotal: { avg: { range: { min: "5.5" } } } }
               orderBy: [{ field: HOURS_TOTAL_SUM, direction: DESC }, { field: REGION }]
             ) { nodes { region { code } count hoursTotal { sum avg } } } } }"""
    )
    hours: dict[str, list[Decimal]] = defaultdict(list)
    for region, status, _, given in await volunteers():
        if status == "ACTIVE":
            hours[region].append(given)
    kept = {
        region: own
        for region, own in hours.items()
        if len(own) >= 50 and sum(own) / len(own) >= Decimal("5.5")
    }
    ordered = sorted(kept, key=lambda region: (-sum(kept[region]), region))
    assert [group["region"]["code"] for group in data["volunteers"]["groups"]["nodes"]] == ordered
    assert len(ordered) > 0
    assert len(kept) < len(hours)


@pytest.mark.parametrize(
    ("bound", "holds"),
    [
        ("{ count: { eq: %d } }", lambda count, given: count == given),
        ("{ count: { ne: %d } }", lambda count, given: count != given),
        ("{ count: { range: { max: %d } } }", lambda count, given: count <= given),
        ("{ count: { range: { min: %d } } }", lambda count, given: count >= given),
    ],
)
async def test_bounds_keep_the_groups_within_them(
    bound: str, holds: Callable[[int, int], bool]
) -> None:
    counted = Counter(region for region, _, _, _ in await volunteers())
    given = sorted(counted.values())[len(counted) // 2]
    query = "{ volunteers { groups(by: [REGION], having: %s) { nodes { region { code } } } } }"
    groups = (await ask(query % (bound % given)))["volunteers"]["groups"]["nodes"]
    kept = {region for region, count in counted.items() if holds(count, given)}
    assert {group["region"]["code"] for group in groups} == kept
    assert 0 < len(kept) < len(counted)


async def test_groups_of_nested_lists_are_those_of_their_parent() -> None:
    data = await ask(
        """{ regions { code volunteers { totalCount groups(by: [STATUS], first: 2) { nodes { status count } } } } }"""
    )
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for region, status, _, _ in await volunteers():
        counted[region][status] += 1
    for region in data["regions"]:
        own = counted[region["code"]]
        groups = {
            group["status"]: group["count"] for group in region["volunteers"]["groups"]["nodes"]
        }
        assert region["volunteers"]["totalCount"] == own.total()
        assert groups == dict(sorted(own.items(), key=lambda pair: (-pair[1], pair[0]))[:2])


@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        ("by: []", "by", "at least one"),
        ("by: [REGION, REGION]", "by", "at most once"),
        (
            "by: [REGION, STATUS, SILVER, FIELD_OF_WORK, REGISTERED_YEAR, REGISTERED_WEEK]",
            "by",
            "at most 5",
        ),
        ("by: [REGION], first: 0", "first", "1 to 500"),
        ("by: [REGION], first: 501", "first", "1 to 500"),
        ("by: [REGION], orderBy: [{ field: STATUS }]", "orderBy", "STATUS is not in by"),
        (
            'by: [REGION], having: { hoursTotal: { sum: { eq: "1e40" } } }',
            "having.hoursTotal.sum.eq",
            "too large",
        ),
    ],
)
async def test_invalid_groups_are_rejected(arguments: str, argument: str, words: str) -> None:
    error: dict[str, Any] = await refuse(
        f"{{ volunteers {{ groups({arguments}) {{ nodes {{ count }} }} }} }}"
    )
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert words in error["message"]
    assert error["path"] == ["volunteers", "groups"]


async def test_periods_without_records_are_shown_on_request() -> None:
    filter_ = 'registeredOn: { range: { min: "2024-11-15", max: "2026-02-03" } }'
    text = """{ volunteers(filter: { %s }) { groups(by: [%s], fill: true, having: %s,
        orderBy: [{ field: REGISTERED_MONTH }]) {
        totalCount nodes { registeredMonth silver region { code } count hoursTotal { sum } } } } }"""
    data = await ask(text % (filter_, "REGISTERED_MONTH", "null"))
    found = data["volunteers"]["groups"]
    counted = Counter(
        truncated(day, "MONTH").isoformat()
        for _, _, day, _ in await volunteers()
        if date(2024, 11, 15) <= day <= date(2026, 2, 3)
    )
    months = [date(2024 + (10 + n) // 12, (10 + n) % 12 + 1, 1).isoformat() for n in range(16)]
    assert {g["registeredMonth"]: g["count"] for g in found["nodes"]} == {
        month: counted[month] for month in months
    }
    assert [g["registeredMonth"] for g in found["nodes"]] == months
    assert found["totalCount"] == 16
    data = await ask(
        text % (filter_, "REGISTERED_MONTH, REGION", "{ count: { range: { max: 0 } } }")
    )
    empty = data["volunteers"]["groups"]["nodes"]
    assert empty
    assert {(g["count"], g["hoursTotal"]["sum"]) for g in empty} == {(0, None)}
    data = await ask(text % (filter_, "REGISTERED_MONTH, REGION", "null"))
    everything = data["volunteers"]["groups"]
    assert everything["totalCount"] == 16 * len({g["region"]["code"] for g in everything["nodes"]})
    assert sum(g["count"] for g in everything["nodes"]) == counted.total()


async def test_periods_of_instants_are_those_of_the_country() -> None:
    text = """{ enquiries(filter: { openedAt: { range: {
        min: "2023-12-31T18:00:00Z", max: "2024-12-31T18:59:59Z" } } }) { totalCount
        groups(by: [OPENED_MONTH], fill: true, orderBy: [{ field: OPENED_MONTH }]) {
          nodes { openedMonth count } } } }"""
    found = (await ask(text))["enquiries"]
    nodes = found["groups"]["nodes"]
    assert [g["openedMonth"] for g in nodes] == [f"2024-{n:02}-01" for n in range(1, 13)]
    assert sum(g["count"] for g in nodes) == found["totalCount"] > 0


async def test_each_parent_has_all_periods() -> None:
    text = """{ regions { volunteers(filter: { registeredOn: { range: {
        min: "2025-01-01", max: "2025-12-31" } } }) { totalCount
        groups(by: [REGISTERED_MONTH], fill: true, first: 12) { totalCount nodes { count } } } } }"""
    for region in (await ask(text))["regions"]:
        groups = region["volunteers"]["groups"]
        assert groups["totalCount"] == len(groups["nodes"]) == 12
        assert sum(g["count"] for g in groups["nodes"]) == region["volunteers"]["totalCount"]


@pytest.mark.parametrize(
    ("filter_", "by", "words"),
    [
        ("", "REGISTERED_MONTH", "give registeredOn a range with min and max"),
        (
            '(filter: { registeredOn: { range: { min: "2025-01-01" } } })',
            "REGISTERED_MONTH",
            "range",
        ),
        ("", "REGION", "exactly one date"),
        ("", "REGISTERED_MONTH, REGISTERED_YEAR", "exactly one date"),
        (
            '(filter: { registeredOn: { range: { min: "0001-01-01", max: "9999-12-31" } } })',
            "REGISTERED_WEEK",
            "at most 500 periods",
        ),
    ],
)
async def test_periods_need_one_date_and_its_bounds(filter_: str, by: str, words: str) -> None:
    error = await refuse(
        f"{{ volunteers{filter_} {{ groups(by: [{by}], fill: true) {{ totalCount }} }} }}"
    )
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "fill"}
    assert words in error["message"]


async def test_a_cursor_belongs_to_its_dimensions_and_order() -> None:
    page = "volunteers { groups(%s first: 2) { edges { cursor } pageInfo { endCursor } } }"
    found = (await ask("{ " + page % "by: [REGION]," + " }"))["volunteers"]["groups"]
    cursor = found["pageInfo"]["endCursor"]
    assert found["edges"][-1]["cursor"] == cursor
    for other in ("by: [STATUS],", "by: [REGION], orderBy: [{ field: REGION }],"):
        arguments = f'{other} after: "{cursor}",'
        error = await refuse("{ " + page % arguments + " }")
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "after"}
        assert "another list or order" in error["message"]
    forged = await refuse("{ " + page % 'by: [REGION], after: "AAAA",' + " }")
    assert "not a valid cursor" in forged["message"]


async def test_groups_without_keys_are_refused_before_anything_is_read() -> None:
    error = await refuse("{ volunteers { groups { totalCount } } }")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "by" in error["message"]


@pytest.mark.parametrize(
    ("arguments", "inner", "argument"),
    [
        ("by: [REGION]", "amount { sum }", "by"),
        ("by: [REGION], orderBy: { field: AMOUNT_MAX }", "count", "orderBy"),
        ("by: [REGION], having: { amount: { sum: { eq: 1 } } }", "count", "having"),
    ],
)
async def test_amounts_of_different_currencies_are_not_combined(
    arguments: str, inner: str, argument: str
) -> None:
    error = await refuse(f"{{ grants {{ groups({arguments}) {{ nodes {{ {inner} }} }} }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert "add CURRENCY to by" in error["message"]
    again = arguments.replace("[REGION]", "[REGION, CURRENCY]")
    await ask(f"{{ grants {{ groups({again}) {{ nodes {{ {inner} }} }} }} }}")
