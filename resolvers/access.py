"""Resolvers of the access log's entries about a person."""

from typing import Any

import orjson

from erikti.database.connection import dialect
from models.access import AccessPerson, AccessRecord, person_hash
from models.people import Person
from resolvers.connections import Connection, PageArguments, page_request
from resolvers.context import Info
from resolvers.dataloaders.access import RECORDS_OF_PERSON
from resolvers.dataloaders.listings import ANY, Order
from resolvers.dataloaders.tables import table
from resolvers.global_ids import key_text

NEWEST = (Order("recorded_at", descending=True),)


def access_records(parents: list[Person], info: Info, **given: Any) -> list[Connection]:
    """Return the access log's entries about the parents, by default newest first."""
    context = info.context
    lists = context.loaders.lists(RECORDS_OF_PERSON)
    request = page_request(info.context, lists.listing, PageArguments(**given), ANY, NEWEST)
    field, encode = table(AccessPerson).field("person_hash"), dialect().encode
    keys = [encode(field, person_hash(context.person_key, person.id)) for person in parents]
    if me := context.principal.person:
        # A person sees only their own entries, even if they see other people by name.
        keys = [
            key if key_text(person.id) == me else None
            for key, person in zip(keys, parents, strict=True)
        ]
    return [Connection(lists, key, request, context.cursor_key) for key in keys]


def coordinates(parents: list[AccessRecord], info: Info) -> list[list[str]]:
    """Return the schema coordinates that were requested."""
    return [orjson.loads(record.coordinates) for record in parents]
