"""Everything that has a global id."""

from typing import Any

import strawberry

from resolvers.nodes import global_id


def identify(root: strawberry.Parent[Any]) -> str:
    """The global id of a row."""
    return global_id(root)


@strawberry.interface(description="A record with a global id (Relay).")
class Node:
    """A record with a global id; rows carry the name of their type."""

    id = strawberry.field(
        resolver=identify,
        graphql_type=strawberry.ID,
        description="The record's global id, opaque and lasting.",
    )

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:  # noqa: ARG003
        """Whether a row is one of this type."""
        return type(obj).__name__ == cls.__name__

    @classmethod
    def resolve_type(cls, obj: Any, info: Any, abstract: Any) -> str:  # noqa: ARG003
        """The name of the type that a row is one of."""
        return type(obj).__name__
