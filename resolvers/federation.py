"""Entities of federation: records by the keys that another subgraph refers to them by."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from graphql import GraphQLError

from erikti.errors import BadUserInputError
from resolvers.context import Info
from resolvers.global_ids import NODES
from resolvers.keys import keys_of, load_by
from resolvers.statistics import FIGURES_OF_A_YEAR, statistics

# Finds the record of a representation; the text is its path, for errors.
Find: TypeAlias = Callable[[Info, Mapping[str, object], str], Awaitable[object]]


async def entities(info: Info, representations: Sequence[object], find: Find) -> list[object]:
    """Return the records of the representations, in their order.

    All are loaded together. An invalid representation gives an error in its place, an unknown
    key null.
    """
    numbered = enumerate(representations)
    waiting = [_entity(info, item, f"representations.{i}", find) for i, item in numbered]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    for result in found:
        if isinstance(result, BaseException) and not isinstance(result, GraphQLError):
            raise result
    return found


async def _entity(info: Info, representation: object, place: str, find: Find) -> object:
    if not isinstance(representation, Mapping):
        raise BadUserInputError(
            place, "a representation must be an object with __typename and a key"
        )
    return await find(info, representation, place)


def no_entity(name: object, place: str) -> BadUserInputError:
    """Return the error of a representation without the type of an entity."""
    text = f"{name!r} is not an entity of this graph"
    if not isinstance(name, str):
        text = "give the name of an entity's type"
    return BadUserInputError(f"{place}.__typename", text)


async def record(info: Info, representation: Mapping[str, object], place: str) -> object:
    """Return the record of a representation, loaded in one batch for each type and key."""
    name = representation.get("__typename")
    if name == "NationalStatistics":
        return await _statistics(info, representation, place)
    name, key = entity_key(representation, place)
    return await load_by(info, name, key, representation[key], f"{place}.{key}")


def entity_key(representation: Mapping[str, object], place: str) -> tuple[str, str]:
    """Return the type of a representation and the name of its key; raises BadUserInputError."""
    name = representation.get("__typename")
    if not isinstance(name, str) or name not in NODES:
        raise no_entity(name, place)
    keys = keys_of(name)
    given = [key for key in keys if key in representation]
    if not given:
        raise BadUserInputError(place, f"the key of {name} is {' or '.join(keys)}")
    # Null says that the other subgraph does not know this key.
    return name, next((key for key in given if representation[key] is not None), given[0])


async def _statistics(info: Info, representation: Mapping[str, object], place: str) -> object:
    year = representation.get("year")
    if not isinstance(year, int) or isinstance(year, bool):
        raise BadUserInputError(place, "the key of NationalStatistics is year, an integer")
    await info.context.spend(FIGURES_OF_A_YEAR, f"{place}: the figures of a year")
    return await statistics(info, year)
