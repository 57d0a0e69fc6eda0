"""Entities of federation: records by the keys that another subgraph refers to them by."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLError

from erikti.errors import BadUserInputError
from resolvers.context import Info
from resolvers.global_ids import NODES
from resolvers.keys import keys_of, load_by
from resolvers.statistics import FIGURES_OF_A_YEAR, statistics

# Finds the record of a representation; the text is its path, for errors.
Find: TypeAlias = Callable[[Info, Mapping[str, Any], str], Awaitable[Any]]


async def entities(info: Info, representations: Sequence[Any], find: Find) -> list[Any]:
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


async def _entity(info: Info, representation: Any, place: str, find: Find) -> Any:
    if not isinstance(representation, Mapping):
        raise BadUserInputError(
            place, "a representation must be an object with __typename and a key"
        )
    return await find(info, representation, place)


def no_entity(name: Any, place: str) -> BadUserInputError:
    """Return the error of a representation without the type of an entity."""
    text = f"{name!r} is not an entity of this graph"
    if not isinstance(name, str):
        text = "give the name of an entity's type"
    return BadUserInputError(f"{place}.__typename", text)


async def record(info: Info, representation: Mapping[str, Any], place: str) -> Any:
    """Return the record of a representation, loaded in one batch for each type and key."""
    name = representation.get("__typename")
    if name == "NationalStatistics":
        return await _statistics(info, representation, place)
    if not isinstance(name, str) or name not in NODES:
        raise no_entity(name, place)
    keys = keys_of(name)
    given = [key for key in keys if key in representation]
    if not given:
        raise BadUserInputError(place, f"the key of {name} is {' or '.join(keys)}")
    # Null says that the other subgraph does not know this key.
    key = next((key for key in given if representation[key] is not None), given[0])
    return await load_by(info, name, key, representation[key], f"{place}.{key}")


async def _statistics(info: Info, representation: Mapping[str, Any], place: str) -> Any:
    year = representation.get("year")
    if not isinstance(year, int) or isinstance(year, bool):
        raise BadUserInputError(place, "the key of NationalStatistics is year, an integer")
    await info.context.spend(FIGURES_OF_A_YEAR, f"{place}: the figures of a year")
    return await statistics(info, year)
