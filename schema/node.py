"""Everything that has a global id."""

from typing import Any

import strawberry

from resolvers.nodes import global_id


@strawberry.interface(description="A record with a global id (Relay).")
class Node:
    """A record with a global id; rows carry the name of their type."""

    @strawberry.field(description="The record's global id, opaque and lasting.")
    def id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: A003, N805
        return strawberry.ID(global_id(root))

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:  # noqa: ARG003
        """Whether a row is one of this type."""
        return type(obj).__name__ == cls.__name__

    @classmethod
    def resolve_type(cls, obj: Any, info: Any, abstract: Any) -> str:  # noqa: ARG003
        """The name of the type that a row is one of."""
        return type(obj).__name__
