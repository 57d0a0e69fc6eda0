"""Who the caller is."""

import strawberry


@strawberry.type(description="How much one field may return.")
class RowLimits:
    """How much one field may return."""

    page: int = strawberry.field(description="The most records on one page.")
    groups: int = strawberry.field(description="The most groups in one answer.")


@strawberry.type(description="The caller as this API knows it.")
class Viewer:
    """The caller as this API knows it."""

    client: str | None = strawberry.field(description="The client; null for anonymous callers.")
    organisation: str | None = strawberry.field(
        description="The organisation that the client belongs to; null for anonymous callers."
    )
    scopes: list[str] = strawberry.field(description="What the caller was granted.")
    row_limits: RowLimits = strawberry.field(description="How much one field may return.")
    root_fields: list[str] = strawberry.field(description="The root fields that may be called.")
