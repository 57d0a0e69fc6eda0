"""``person { accessRecords }``: reads of a person's data, newest first."""

from typing import Any
from uuid import UUID

import pytest
from strawberry.relay import to_base64
from uuid_utils.compat import uuid7

from erikti.audit import Access, Decision
from erikti.database.connection import Database
from models.people import Language, Person
from resolvers.context import Context
from tests.audit.places import PERSON_KEY, Place
from tests.support.queries import REGISTRAR, engine

RECORD = "recordedAt decision client organisation country { code } purpose coordinates requestId"
QUERY = (
    "query ($ids: [ID!]!, $first: Int, $after: String, $order: [AccessRecordOrder!]) { nodes(ids: $ids) "
    "{ ... on Person { accessRecords(first: $first, after: $after, orderBy: $order) "
    f"{{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {RECORD} }} }} }} }} }}"
)


async def ask(people: list[UUID], key: bytes = PERSON_KEY, **variables: Any) -> list[Any]:
    ids = [to_base64("Person", str(person)) for person in people]
    context = Context(Language.EN, b"k" * 32, REGISTRAR, person_key=key)
    result = await engine().execute(QUERY, {"ids": ids, **variables}, context)
    assert result.errors is None
    assert result.data is not None
    return [node["accessRecords"] for node in result.data["nodes"]]


@pytest.fixture
def people() -> list[UUID]:
    return [UUID(str(uuid7())) for _ in range(3)]


async def fill(place: Place, people: list[UUID]) -> None:
    async with Database(place.url):
        for person in people:
            await Person.create(id=person, display_name="A. B.", recorded_on="2025-01-01")
    async with place.log() as log:
        for n in range(5):
            await log.write(
                Access(
                    Decision.ALLOWED if n else Decision.WITHHELD,
                    client=f"client-{n}",
                    organisation="Ministry",
                    country="KG",
                    purpose="CASE-1",
                    coordinates=["Person.email"],
                    persons=[people[0]] if n % 2 else people[:2],
                    request_id=f"r-{n}",
                )
            )


async def test_a_person_sees_who_read_about_them_and_nothing_about_others(
    place: Place, people: list[UUID]
) -> None:
    await fill(place, people)
    async with Database(place.url):
        first, second, third = await ask(people)
    assert [n["requestId"] for n in first["nodes"]] == ["r-4", "r-3", "r-2", "r-1", "r-0"]
    assert [n["requestId"] for n in second["nodes"]] == ["r-4", "r-2", "r-0"]
    assert (third["totalCount"], third["nodes"]) == (0, [])
    assert second["totalCount"] == 3
    shown = dict(first["nodes"][4])
    assert shown.pop("recordedAt").endswith("Z")
    assert shown == {
        "decision": "WITHHELD",
        "client": "client-0",
        "organisation": "Ministry",
        "country": {"code": "KG"},
        "purpose": "CASE-1",
        "coordinates": ["Person.email"],
        "requestId": "r-0",
    }


async def test_pages_go_on_where_they_ended(place: Place, people: list[UUID]) -> None:
    await fill(place, people)
    seen: list[str] = []
    after = None
    async with Database(place.url):
        for _ in range(3):
            (page,) = await ask(people[:1], first=2, after=after)
            seen += [node["requestId"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert not page["pageInfo"]["hasNextPage"]
        ascending = [{"field": "RECORDED_AT", "direction": "ASC"}]
        (oldest,) = await ask(people[:1], first=1, order=ascending)
    assert seen == ["r-4", "r-3", "r-2", "r-1", "r-0"]
    assert oldest["nodes"][0]["requestId"] == "r-0"


async def test_no_entries_are_found_without_the_key(place: Place, people: list[UUID]) -> None:
    await fill(place, people)
    async with Database(place.url):
        assert [found["totalCount"] for found in await ask(people, key=b"q" * 32)] == [0, 0, 0]
