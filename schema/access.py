"""The access log: who read which personal data, when and for which purpose."""

from datetime import datetime
from enum import StrEnum

import strawberry

from resolvers.access import coordinates
from schema.building.fields import batch_field, enum, to_one
from schema.building.listings import list_types
from schema.building.permissions import AUDIT_READ
from schema.people import Country


class AccessRecordDecision(StrEnum):
    """The outcome of a request for personal data, the decisions of ``models.access.Decision``."""

    ALLOWED = "ALLOWED"
    WITHHELD = "WITHHELD"
    REFUSED = "REFUSED"


enum(
    AccessRecordDecision,
    "The outcome of a request for personal data.",
    ALLOWED="The data was returned.",
    WITHHELD="Some or all of the data was withheld.",
    REFUSED="The request was rejected.",
)


@strawberry.type(
    description="An entry of the access log: one request for personal data.",
    directives=[AUDIT_READ],
)
class AccessRecord:
    """An entry of the access log: one request for personal data."""

    recorded_at: datetime = strawberry.field(description="When the entry was written.")
    decision: AccessRecordDecision = strawberry.field(description="The outcome of the request.")
    client: str | None = strawberry.field(
        description="The ID of the client that sent the request; null without a token."
    )
    organisation: str | None = strawberry.field(
        description="The organisation of the client; null without a token."
    )
    country = to_one(
        Country | None,
        "country",
        "The country that the client acted for; null without a token.",
    )
    purpose: str | None = strawberry.field(
        description="The stated purpose: a code of `ConsentPurpose` or a case number; null if none "
        "was stated."
    )
    coordinates = batch_field(
        coordinates,
        list[str],
        "The personal fields that were requested, such as `Person.email`.",
        reads=["coordinates"],
    )
    request_id: str | None = strawberry.field(
        description="The ID of the request, which the other logs contain too; null if it has none."
    )


list_types(AccessRecord)
