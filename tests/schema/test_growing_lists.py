"""Pages of a list that grows between requests."""

from datetime import date
from uuid import UUID

from models.volunteers import GoodDeed
from tests.schema.lists import page


async def test_a_page_goes_on_where_it_ended_after_an_insert(database: str) -> None:
    assert database
    await add_deed("019ab000-0000-7000-8000-000000000001", "2025-01-01")
    await add_deed("019ab000-0000-7000-8000-000000000003", "2025-01-03")
    order = "orderBy: [{ field: HAPPENED_ON }]"
    first = await page("goodDeeds", f"first: 1 {order}")
    await add_deed("019ab000-0000-7000-8000-000000000002", "2024-12-31")
    second = await page("goodDeeds", f'first: 5 {order} after: "{first["pageInfo"]["endCursor"]}"')
    assert len(second["edges"]) == 1
    third = await page("goodDeeds", f'last: 5 {order} before: "{first["pageInfo"]["startCursor"]}"')
    assert len(third["edges"]) == 1


async def add_deed(key: str, day: str) -> None:
    await GoodDeed.create(
        id=UUID(key),
        source_system="TEST",
        source_id=key,
        title_en="A deed",
        region_id="KZ-75",
        happened_on=date.fromisoformat(day),
        participant_count=1,
        edition=2025,
    )
