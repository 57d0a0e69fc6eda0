"""Bounds at, next to and between the units of rollups give the same results as the records."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.volunteers import Enquiry, GoodDeed
from resolvers.dataloaders.listings import Comparison, GroupRequest, Listing
from resolvers.dataloaders.volunteers import ENQUIRIES, GOOD_DEEDS
from tests.resolvers.dataloaders.by_hand import lists_of

TICK = timedelta(microseconds=1)
DAYS = [
    *(date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 15)),
    *(date(2025, 1, 30), date(2025, 1, 31), date(2025, 2, 1)),
]
INSTANTS = [
    datetime(2025, month, day, tzinfo=UTC) + beside
    for month, day in ((1, 1), (1, 15), (2, 1))
    for beside in (
        *(-TICK, timedelta(), TICK, 2 * TICK),
        *(timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)),
    )
]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "min": lambda own, given: own >= given,
    "max": lambda own, given: own <= given,
    "eq": lambda own, given: own == given,
    "ne": lambda own, given: own != given,
}


async def divided(
    listing: Listing, field: str, values: list[Any], regions: dict[Any, str], names: list[str]
) -> None:
    """Check counts and groups within bounds at each value, with one record per value."""
    for given in values:
        for operator, holds in OPERATORS.items():
            condition = Comparison(field, operator, given)
            kept = [value for value in values if holds(value, given)]
            counts = lists_of(listing).counts(condition)
            assert await counts.load(None) == len(kept), condition
            by_region = lists_of(listing).groups(GroupRequest(("region",), 9, condition))
            found = {g.keys["region"]: g.count for g in (await by_region.load(None)).rows}
            assert found == Counter(regions[value] for value in kept), condition
            for name in names:
                groups = lists_of(listing).groups(GroupRequest((name,), 99, condition))
                assert sum(g.count or 0 for g in (await groups.load(None)).rows) == len(kept), (
                    name,
                    condition,
                )


async def test_bounds_of_days_divide_good_deeds(database: str) -> None:
    assert database
    regions = {day: ("KZ-71", "KZ-75")[place % 2] for place, day in enumerate(DAYS)}
    for place, day in enumerate(DAYS):
        await GoodDeed.create(
            id=UUID(int=place + 1),
            source_system="TEST",
            source_id=str(place),
            title_en="A deed",
            region_id=regions[day],
            happened_on=day,
            participant_count=1,
            edition=2025,
        )
    await divided(GOOD_DEEDS, "happened_on", DAYS, regions, ["year", "happened_week"])


async def test_bounds_of_instants_divide_enquiries(database: str) -> None:
    assert database
    regions = {at: ("KZ-71", "KZ-75")[place % 2] for place, at in enumerate(INSTANTS)}
    for place, at in enumerate(INSTANTS):
        await Enquiry.create(
            id=UUID(int=place + 1),
            source_system="TEST",
            source_id=str(place),
            call_centre="NATIONAL",
            channel="PHONE",
            topic="HOURS",
            region_id=regions[at],
            opened_at=at,
            resolved_at=at,
            status="RESOLVED",
        )
    for field in ("opened_at", "resolved_at"):
        await divided(ENQUIRIES, field, INSTANTS, regions, ["channel", "status", "opened_week"])


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("operator", ["min", "max"])
async def test_the_last_day_of_the_calendar_is_a_bound_too(operator: str) -> None:
    condition = Comparison("happened_on", operator, date.max)
    assert await lists_of(GOOD_DEEDS).counts(condition).load(None) == 0
