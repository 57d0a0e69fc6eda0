"""Prints figures, the silver volunteers with the most hours, and the names of the first of them."""

import asyncio
import os
from collections.abc import AsyncIterator

from erikti_client.client import Erikti
from erikti_client.contacts import ContactsNodesVolunteer
from erikti_client.input_types import EriktiBooleanFilter, VolunteerFilter
from erikti_client.volunteers import VolunteersVolunteersNodes

URL = os.environ.get("ERIKTI_URL", "http://127.0.0.1:8000/graphql")
TOKEN = os.environ["ERIKTI_TOKEN"]
PURPOSE = os.environ.get("ERIKTI_PURPOSE", "REGISTRATION")
YEAR = 2025
PAGE = 20


async def volunteers(
    client: Erikti, wanted: VolunteerFilter
) -> AsyncIterator[VolunteersVolunteersNodes]:
    """All volunteers whom the filter lets through, page after page."""
    after: str | None = None
    while True:
        page = (await client.volunteers(first=PAGE, after=after, filter_=wanted)).volunteers
        if page is None:  # root fields are null after an error, which the client raises
            return
        for volunteer in page.nodes:
            yield volunteer
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


async def report(client: Erikti) -> None:
    """Ask everything, and print it line by line."""
    statistics = (await client.figures(year=YEAR)).statistics
    for figure in statistics.figures if statistics else ():
        print(f"figure\t{figure.code}\t{figure.count}")
    async for now in client.followed(year=YEAR):
        print(f"followed\t{len(now.statistics_changed.figures)}")
        break  # the next would come with the next change
    silver = VolunteerFilter(silver=EriktiBooleanFilter(eq=True))
    found = [volunteer async for volunteer in volunteers(client, silver)]
    for volunteer in found:
        print(f"volunteer\t{volunteer.id}\t{volunteer.hours_total}\t{volunteer.region.name}")
    # Personal fields need a purpose.
    ids = [volunteer.id for volunteer in found[:3]]
    contacts = await client.contacts(ids=ids, headers={"X-Purpose": PURPOSE})
    for node in contacts.nodes:
        if isinstance(node, ContactsNodesVolunteer):
            print(f"name\t{node.person.given_name}\t{node.person.family_name}")


async def main() -> None:
    """Report from the server at ERIKTI_URL."""
    client = Erikti(
        url=URL,
        headers={"Authorization": f"Bearer {TOKEN}"},
        ws_url=URL.replace("http", "ws", 1),
    )
    async with client:
        await report(client)


if __name__ == "__main__":
    asyncio.run(main())
