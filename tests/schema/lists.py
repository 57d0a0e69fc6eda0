"""Queries for tests of lists: records by type, pages by root field."""

from typing import Any

from graphql import GraphQLEnumType
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from schema import schema
from tests.support.queries import AS_REGISTRAR, ask

ROOTS = {
    "Person": "people",
    "Volunteer": "volunteers",
    "Organisation": "organisations",
    "FrontOffice": "frontOffices",
    "Project": "projects",
    "Participation": "participations",
    "Grant": "grants",
    "GoodDeed": "goodDeeds",
    "Enquiry": "enquiries",
    "Forum": "forums",
    "Delegation": "delegations",
    "Delegate": "delegates",
    "Placement": "placements",
    "HostEntity": "hostEntities",
    "DutyStation": "dutyStations",
    "AwardEdition": "awardEditions",
    "Nomination": "nominations",
}
PAGE = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
LISTED = [listing for listing in LISTINGS if listing.name in ROOTS]
# Each root field with each dimension of its groups.
DIMENSIONS = [
    (ROOTS[listing.name], name)
    for listing in LISTED
    for name in schema._schema.get_type(f"{listing.name}Dimension").values  # type: ignore[union-attr]
    if isinstance(schema._schema.get_type(f"{listing.name}Dimension"), GraphQLEnumType)
]


async def ids(name: str, count: int) -> list[str]:
    records = table(NODES[name].model)
    rows = await fetch(f"SELECT {records.key} FROM {records.name} ORDER BY 1 LIMIT {count}")
    return [to_base64(name, key_text(row[0])) for row in rows]


async def page(field: str, arguments: str) -> dict[str, Any]:
    data = await ask(f"{{ {field}({arguments}) {{ {PAGE} }} }}", **AS_REGISTRAR)
    found: dict[str, Any] = data[field]
    return found
