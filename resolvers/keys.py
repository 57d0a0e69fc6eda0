"""Records by their keys, for root fields and for representations of entities alike."""

from collections.abc import Awaitable, Sequence
from dataclasses import fields
from typing import Any

from strawberry import UNSET
from tortoise.fields import Field, IntField

from erikti.errors import BadUserInputError
from resolvers.context import Info
from resolvers.global_ids import NODES, load_node
from resolvers.relations import BatchResolver
from resolvers.values import bindable

INTEGERS = range(-(2**31), 2**31)


def keys_of(name: str) -> Sequence[str]:
    """Return the keys of a type by their names in GraphQL."""
    return ("id", *NODES[name].natural)


def load_by(info: Info, name: str, key: str, value: Any, place: str) -> Awaitable[Any]:
    """Return the record of a type with a key, None if there is none.

    All keys that are requested in the same step are loaded together. Raises BadUserInputError if
    the value cannot be a key; ``place`` is its path.
    """
    if key == "id":
        if not isinstance(value, str):
            raise BadUserInputError(place, "this is not a valid ID")
        return load_node(info, value, place, name)
    node = NODES[name]
    checked = _checked(node.model._meta.fields_map[key], value, place)
    loaders = info.context.loaders
    primary = key == node.model._meta.db_pk_column
    loader = node.load(loaders) if primary else loaders.keys.by(node.model, key)
    found: Awaitable[Any] = loader.load(checked)
    return found


def look_up(name: str) -> BatchResolver:
    """Return a resolver of the record of a type with the key ``by``, an input with one member."""

    async def resolve(parents: list[Any], info: Info, by: Any) -> list[Any]:
        given = {item.name: getattr(by, item.name) for item in fields(by)}
        ((key, value),) = ((k, v) for k, v in given.items() if v is not UNSET)
        return [await load_by(info, name, key, value, f"by.{key}")] * len(parents)

    return resolve


def _checked(field: Field[Any], value: Any, place: str) -> Any:
    """Return a value that a column can be compared with."""
    if isinstance(field, IntField):
        if not isinstance(value, int) or isinstance(value, bool) or value not in INTEGERS:
            raise BadUserInputError(place, "this key is an integer of 32 bits")
        return value
    if not isinstance(value, str):
        raise BadUserInputError(place, "this key is a string")
    try:
        return bindable(field, value)
    except ValueError as error:
        raise BadUserInputError(place, str(error)) from error
