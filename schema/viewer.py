"""Who the caller is."""

from datetime import datetime

import strawberry

from schema.building.permissions import PUBLIC
from schema.building.scalars import CountryCode, RegionCode


@strawberry.type(
    description="How much one field may return.",
    directives=[PUBLIC],
)
class RowLimits:
    """How much one field may return."""

    page: int = strawberry.field(description="The most records on one page.")
    groups: int = strawberry.field(description="The most groups in one answer.")


@strawberry.type(
    description="What the caller may spend on operations in a window of time.", directives=[PUBLIC]
)
class ViewerBudget:
    """What the caller may spend on operations in a window of time."""

    limit: int = strawberry.field(description="How many points there are in a window.")
    remaining: int = strawberry.field(
        description="How many are left; this operation is counted already."
    )
    resets_at: datetime = strawberry.field(description="When the next window begins.")


@strawberry.type(
    description="The caller as this API knows it.",
    directives=[PUBLIC],
)
class Viewer:
    """The caller as this API knows it."""

    client: str | None = strawberry.field(description="The client; null for anonymous callers.")
    organisation: str | None = strawberry.field(
        description="The organisation that the client belongs to; null for anonymous callers."
    )
    role: str | None = strawberry.field(
        description="As what the client calls; null for anonymous callers."
    )
    country: CountryCode | None = strawberry.field(
        description="The country that the caller acts for, to whose records it is limited where "
        "that is not Kazakhstan; null for anonymous callers."
    )
    region: RegionCode | None = strawberry.field(
        description="The region whose records it is limited to; null where to none."
    )
    scopes: list[str] = strawberry.field(description="What the caller was granted.")
    row_limits: RowLimits = strawberry.field(description="How much one field may return.")
    budget: ViewerBudget | None = strawberry.field(
        description="What the caller may spend; null where nobody counts."
    )
    root_fields: list[str] = strawberry.field(description="The root fields that may be called.")
