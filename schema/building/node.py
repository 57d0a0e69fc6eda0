"""Everything that has a global id."""

from typing import Any

import strawberry

from erikti.executor import by_class
from resolvers.global_ids import global_ids
from schema.building.fields import answered
from schema.building.permissions import PUBLIC


@strawberry.interface(description="A record with a global id (Relay).")
class Node:
    """A record with a global id; rows carry the name of their type."""

    id = answered(
        global_ids,
        strawberry.ID,
        "The record's global id, opaque and lasting.",
        directives=[PUBLIC],
    )

    @classmethod
    @by_class
    def is_type_of(cls, obj: Any, info: Any) -> bool:  # noqa: ARG003
        """Whether a row is one of this type."""
        return type(obj).__name__ == cls.__name__

    @classmethod
    @by_class
    def resolve_type(cls, obj: Any, info: Any, abstract: Any) -> str:  # noqa: ARG003
        """The name of the type that a row is one of."""
        return type(obj).__name__
