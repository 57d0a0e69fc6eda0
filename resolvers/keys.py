"""Records by their keys, for root fields and for representations of entities alike."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from strawberry import UNSET
from tortoise.fields import Field, IntField

from erikti.errors import BadUserInputError
from models.base import Sourced
from resolvers.context import Info
from resolvers.dataloaders.found import OneBy
from resolvers.dataloaders.keys import BySource
from resolvers.dataloaders.tables import is_sourced
from resolvers.filters import check_field, source_of
from resolvers.global_ids import NODES, key_text, parse_id
from resolvers.relations import BatchResolver
from resolvers.values import bindable

INTEGERS = range(-(2**31), 2**31)


def keys_of(name: str) -> Sequence[str]:
    """Return the keys that records of a type are looked up by."""
    node = NODES[name]
    return ("id", *node.natural, *(["source"] if is_sourced(node.model) else ()))


def entity_keys(name: str) -> Sequence[str]:
    """Return the keys of a type as an entity: those that are its fields."""
    sourced = issubclass(NODES[name].model, Sourced)
    return ("id", *NODES[name].natural, *(["source { system identifier }"] if sourced else ()))


def load_by(info: Info, name: str, key: str, value: object, place: str) -> Awaitable[object]:
    """Return the record of a type with a key, None if there is none.

    All keys that are requested in the same step are loaded together. Raises BadUserInputError if
    the value cannot be a key; ``place`` is its path.
    """
    if key == "source":
        return _load_by_source(info, name, value, place)
    column, checked = checked_key(name, key, value, place)
    return info.context.loaders.of(OneBy(NODES[name].model, column)).load(checked)


def checked_key(name: str, key: str, value: object, place: str) -> tuple[str, object]:
    """Return the column and the value of a key other than the source.

    Raises BadUserInputError if the value cannot be a key; ``place`` is its path.
    """
    node = NODES[name]
    if key == "id":
        if not isinstance(value, str):
            raise BadUserInputError(place, "this is not a valid ID")
        return node.model._meta.db_pk_column, parse_id(value, place, name)[1]
    return key, _checked(node.model._meta.fields_map[key], value, place)


def given_key(by: Any) -> tuple[str, object]:
    """Return the name and the value of the one key that an input has."""
    given = {item.name: getattr(by, item.name) for item in fields(by)}
    ((key, value),) = ((k, v) for k, v in given.items() if v is not UNSET)
    return key, value


async def _load_by_source(info: Info, name: str, value: object, place: str) -> object:
    """Return the record with a source, None if there is none or the caller may not know it.

    A match reveals whose the record is, so it is recorded in the access log.
    """
    model, context = NODES[name].model, info.context
    given = value.get if isinstance(value, Mapping) else partial(getattr, value)
    system, identifier = (given(part, None) for part in ("system", "identifier"))
    if system is identifier is None:
        raise BadUserInputError(place, "this key is an object with system and identifier")
    source = source_of(system, identifier, place)
    check_field(context, model, "source")
    found = await context.loaders.of(BySource(model)).load(source)
    if found is None:
        return None
    if found.person is not None and context.loaders.scope.policy.reads_personal_data:
        context.ledger.persons.add(key_text(found.person))
    return found.record


def look_up(name: str) -> BatchResolver:
    """Return a resolver of the record of a type with the key ``by``, an input with one member."""

    async def resolve(parents: list[object], info: Info, by: object) -> list[object]:
        key, value = given_key(by)
        return [await load_by(info, name, key, value, f"by.{key}")] * len(parents)

    return resolve


def _checked(field: Field[Any], value: object, place: str) -> object:
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
