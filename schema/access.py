"""The access log: who read which personal data, when and what for."""

from datetime import datetime

import strawberry

from models.access import Decision
from resolvers.access import coordinates
from resolvers.dataloaders.access import ACCESS_RECORDS
from schema.building.fields import answered, enum, to_one
from schema.building.listings import listing_types
from schema.building.permissions import AUDIT_READ
from schema.people import Country

enum(
    Decision,
    "What became of a request for personal data.",
    ALLOWED="The data were given.",
    WITHHELD="The data, or some of them, were left out.",
    REFUSED="The request was refused.",
    OPENED="No request: the entry with which a process begins its part of the log.",
)


@strawberry.type(
    description="One time that somebody asked for personal data.", directives=[AUDIT_READ]
)
class AccessRecord:
    """One time that somebody asked for personal data."""

    recorded_at: datetime = strawberry.field(description="When.")
    decision: Decision = strawberry.field(description="What became of it.")
    client: str | None = strawberry.field(description="The client that asked.")
    organisation: str | None = strawberry.field(description="The organisation it belongs to.")
    country = to_one(
        Country | None,
        lambda loaders: loaders.people.country_by_code,
        "country",
        "The country that it asked for.",
    )
    purpose: str | None = strawberry.field(
        description="What for: the code of a purpose, or the number of a case."
    )
    coordinates = answered(
        coordinates,
        list[str],
        "The personal fields that were asked for, such as Person.email.",
        reads=["coordinates"],
    )
    request_id: str | None = strawberry.field(description="By which it is found in other logs.")


AccessRecordFilter, AccessRecordOrder, AccessRecordConnection = listing_types(
    ACCESS_RECORDS, AccessRecord
)
