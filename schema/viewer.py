"""The caller: identity, access and limits."""

from datetime import datetime
from enum import StrEnum

import strawberry

from schema.building.fields import enum
from schema.building.permissions import PUBLIC
from schema.building.scalars import CountryCode, RegionCode


class ViewerRole(StrEnum):
    """The roles of ``erikti.auth.roles``."""

    ANALYST = "analyst"
    MINISTRY = "ministry"
    REGION = "region"
    PARTNER = "partner"
    LIAISON = "liaison"
    COMMISSION = "commission"
    OFFICER = "officer"
    PERSON = "person"
    GATEWAY = "gateway"


enum(
    ViewerRole,
    "The role of a client, which limits what it may read.",
    ANALYST="An analyst of the ministry.",
    MINISTRY="A registrar of the ministry, for the whole country.",
    REGION="A regional front office.",
    PARTNER="A partner of another country.",
    LIAISON="A liaison officer of the United Nations.",
    COMMISSION="The award commission.",
    OFFICER="The data protection officer.",
    PERSON="A person who reads their own records.",
    GATEWAY="A gateway of the federated graph.",
)


@strawberry.type(
    description="The limits on the number of items that one field may return.",
    directives=[PUBLIC],
)
class RowLimits:
    """The limits on the number of items that one field may return."""

    page: int = strawberry.field(description="The maximum number of records on one page.")
    groups: int = strawberry.field(description="The maximum number of groups of one field.")


@strawberry.type(
    description="The caller's quota of points for operations in a time window.",
    directives=[PUBLIC],
)
class ViewerBudget:
    """The caller's quota of points for operations in a time window."""

    limit: int = strawberry.field(description="The number of points per window.")
    remaining: int = strawberry.field(
        description="The number of points left; this operation is already deducted."
    )
    resets_at: datetime = strawberry.field(description="When the next window starts.")


@strawberry.type(
    description="The caller: identity, access and limits.",
    directives=[PUBLIC],
)
class Viewer:
    """The caller: identity, access and limits."""

    client: str | None = strawberry.field(
        description="The ID of the client; null for anonymous callers."
    )
    organisation: str | None = strawberry.field(
        description="The organisation that the client belongs to; null for anonymous callers."
    )
    role: ViewerRole | None = strawberry.field(
        description="The role of the client; null for anonymous callers."
    )
    country: CountryCode | None = strawberry.field(
        description="The country that the caller acts for; if it is not Kazakhstan, the caller "
        "sees only this country's records. Null for anonymous callers."
    )
    region: RegionCode | None = strawberry.field(
        description="The region to whose records the caller is limited; null for no limit."
    )
    scopes: list[str] = strawberry.field(description="The scopes granted to the caller.")
    row_limits: RowLimits = strawberry.field(
        description="The limits on the number of items that one field may return."
    )
    budget: ViewerBudget | None = strawberry.field(
        description="The caller's quota of points; null if there is no quota."
    )
    root_fields: list[str] = strawberry.field(
        description="The root fields that the caller may request."
    )
