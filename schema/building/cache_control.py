"""The directive ``@cacheControl``, as defined by Apollo: how long responses may be cached."""

from enum import Enum

import strawberry
from strawberry.schema_directive import Location

from models.max_age import RECORDS, REFERENCE


@strawberry.enum(description="Whether a cached response may be shared.")
class CacheControlScope(Enum):
    """Whether a cached response may be shared."""

    PUBLIC = strawberry.enum_value(
        "PUBLIC", description="Shared by all callers with the same access."
    )
    PRIVATE = strawberry.enum_value("PRIVATE", description="Not cached.")


@strawberry.federation.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="cacheControl",
    description="The number of seconds for which a response with this field or type may be cached.",
)
class CacheControl:
    """A cache hint; the strictest hint in an operation applies to the whole response."""

    max_age: int | None = strawberry.directive_field(name="maxAge", default=strawberry.UNSET)
    scope: CacheControlScope | None = strawberry.directive_field(
        name="scope", default=strawberry.UNSET
    )


CACHED_LONG = CacheControl(max_age=REFERENCE)
CACHED = CacheControl(max_age=RECORDS)
PRIVATE = CacheControl(scope=CacheControlScope.PRIVATE)
OWN = CacheControl(max_age=0, scope=CacheControlScope.PRIVATE)
