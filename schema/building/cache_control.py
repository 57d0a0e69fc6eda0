"""How long answers may be kept: the directive ``@cacheControl``, by Apollo's names."""

from enum import Enum

import strawberry
from strawberry.schema_directive import Location

from models.max_age import RECORDS, REFERENCE


@strawberry.enum(description="Who may be given an answer that was kept.")
class CacheControlScope(Enum):
    """Who may be given an answer that was kept."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everyone who may ask the same.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="Nobody: it is not kept.")


@strawberry.federation.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="cacheControl",
    description="For how many seconds an answer with this field, or type of object, may be kept.",
    # Gateways that keep answers learn of it. The address only names it.
    compose=True,
    import_url="https://erikti.example/cacheControl/v1.0",
)
class CacheControl:
    """A hint; of all hints that an operation meets the strictest holds."""

    max_age: int | None = strawberry.directive_field(name="maxAge", default=strawberry.UNSET)
    scope: CacheControlScope | None = strawberry.directive_field(
        name="scope", default=strawberry.UNSET
    )


KEPT_LONG = CacheControl(max_age=REFERENCE)
KEPT = CacheControl(max_age=RECORDS)
PRIVATE = CacheControl(scope=CacheControlScope.PRIVATE)
OWN = CacheControl(max_age=0, scope=CacheControlScope.PRIVATE)
