"""The interface of records with a global ID."""

from collections.abc import Callable, Collection
from typing import TypeVar

import strawberry
from strawberry.federation.schema_directives import Key

from erikti.executor import by_class
from models.base import Sourced
from resolvers.data import GlobalId
from resolvers.global_ids import NODES, global_ids
from resolvers.keys import entity_keys
from schema.building.fields import batch_field
from schema.building.listings import list_types
from schema.building.permissions import PUBLIC
from schema.building.sources import SOURCE, source

T = TypeVar("T")


@strawberry.interface(description="A record with a global ID (Relay).")
class Node:
    """A record with a global ID; the class of a row has the name of its type."""

    id = batch_field(
        global_ids,
        strawberry.ID,
        "The record's global ID, opaque and permanent, by which `node` finds it.",
        directives=[PUBLIC],
        data=GlobalId(),
    )

    @classmethod
    @by_class
    def is_type_of(cls, obj: object, info: object) -> bool:  # noqa: ARG003
        """Return whether a row is of this type."""
        return type(obj).__name__ == cls.__name__

    @classmethod
    @by_class
    def resolve_type(cls, obj: object, info: object, abstract: object) -> str:  # noqa: ARG003
        """Return the name of a row's type."""
        return type(obj).__name__


def entity(
    description: str, directives: Collection[object], grouping: Collection[object] = ()
) -> Callable[[type[T]], type[T]]:
    """Make a type of records, an entity of the federated graph by each of its keys.

    Also makes the types of their lists; ``grouping`` are directives of their groups.
    """

    def make(cls: type[T]) -> type[T]:
        keys: list[Key | str] = [*entity_keys(cls.__name__)]
        if issubclass(NODES[cls.__name__].model, Sourced):
            setattr(cls, SOURCE, source(cls.__name__))
        made: type[T] = strawberry.federation.type(
            cls, keys=keys, description=description, directives=directives
        )
        list_types(made, grouping)
        return made

    return make
