"""Root fields of the types of records: one record by one of its keys, and pages of all."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_snake_case
from tortoise.models import Model

from models.columns import Record, model_of
from resolvers.data import LookUp, Page
from resolvers.dataloaders.listings import ANY, Condition
from resolvers.global_ids import NODES
from resolvers.keys import keys_of, look_up
from schema.building.annotations import Type, optional
from schema.building.columns import describe, value_type
from schema.building.connections import connection_by, paged, source
from schema.building.fields import batch_field
from schema.building.inputs import argument
from schema.building.node import Node
from schema.building.permissions import rule_of
from schema.building.sources import RecordSourceInput, source_text
from schema.building.wording import article, singular

T = TypeVar("T")


def look_ups(*modules: ModuleType) -> Callable[[type[T]], type[T]]:
    """Give the root of queries a field for each type of records, which ``modules`` declare."""
    nodes = [node for node in Node.__subclasses__() if sys.modules[node.__module__] in modules]
    assert {node.__name__ for node in nodes} == set(NODES), "a type of records has no module"

    def add(root: type[T]) -> type[T]:
        for node in nodes:
            setattr(root, to_snake_case(node.__name__), _field(node))
        return root

    return add


def whole_list(record: Record, description: str, scope: Condition = ANY) -> StrawberryField:
    """Return a root field with a page of all records of a type that meet the condition ``scope``.

    It is nullable, so that an error in it leaves its neighbours; its access rule is the type's.
    """
    data = Page(source(record), scope=scope)
    (node,) = (node for node in Node.__subclasses__() if node.__name__ == model_of(record).__name__)
    rules = [rule_of(node)]
    return connection_by(paged(data), record, description, (), rules, nullable=True, data=data)


def _field(node: type) -> StrawberryField:
    name = node.__name__
    noun = singular(name)
    text = f"The {noun} with this key; null if there is none that the caller may see."
    rules, data = [rule_of(node)], LookUp(name)
    field = batch_field(look_up(name), optional(node), text, directives=rules, data=data)
    field.arguments = [argument("by", _key(node), f"A key of the {noun}.", required=True)]
    return field


def _key(node: type) -> type:
    """Return the input type of a key, of which exactly one must be given."""
    name, model = node.__name__, NODES[node.__name__].model
    types = {key: _type_of(model, key) for key in keys_of(name)}
    namespace: dict[str, object] = {
        key: strawberry.field(
            default=strawberry.UNSET,
            description=source_text(model) if key == "source" else describe(node, key),
        )
        for key in types
    }
    text = f"A key of {article(singular(name))}: exactly one of these must be given, and not null."
    namespace["__annotations__"] = {key: optional(type_) for key, type_ in types.items()}
    namespace["__doc__"] = text
    made = type(f"{name}By", (), namespace)
    return strawberry.input(made, name=made.__name__, description=text, one_of=True)


def _type_of(model: type[Model], key: str) -> Type:
    if key == "source":
        return RecordSourceInput
    return strawberry.ID if key == "id" else value_type(model, key)
