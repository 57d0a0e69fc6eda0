"""Common batch resolvers: related records, and texts in the caller's language.

Each resolves a field for all parents of a level at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Any

from models.people import Language
from resolvers.context import Info
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.loading import Loader

Load = Callable[[Loaders], Loader]
Found = list[Any] | Awaitable[list[Any]]
BatchResolver = Callable[..., Any]
FALLBACK = (Language.KK, Language.RU, Language.EN)


def related(load: Load, key: str) -> BatchResolver:
    """Return a resolver of what a loader finds by the parents' column ``key``.

    The value is None if the column is null or the loader finds nothing.
    """
    column = attrgetter(key)

    def resolve(parents: list[Any], info: Info) -> Found:
        return load(info.context.loaders).load_many(list(map(column, parents)))

    return resolve


def related_many(load: Load, values: Load, key: str = "id") -> BatchResolver:
    """Return a resolver of the records whose keys a link table has for the parents."""

    async def resolve(parents: list[Any], info: Info) -> list[list[Any]]:
        loaders = info.context.loaders
        owners = [getattr(parent, key) for parent in parents]
        keys = await loaded(values(loaders).load_many(owners))
        records = iter(await loaded(load(loaders).load_many([k for some in keys for k in some])))
        return [[next(records) for _ in some] for some in keys]

    return resolve


def all_records(load: Load) -> BatchResolver:
    """Return a resolver of all records of a small table."""

    def resolve(parents: list[Any], info: Info) -> Found:
        return load(info.context.loaders).load_many([None] * len(parents))

    return resolve


async def loaded(found: Found) -> list[Any]:
    """Return what a loader found, awaiting it if necessary."""
    return found if isinstance(found, list) else await found


async def all_loaded(found: Sequence[Found]) -> list[list[Any]]:
    """Return what several loaders found; no future is left pending on an error or cancellation.

    Gathers the futures directly: a task around one, if cancelled before it starts, would leave
    the future and its exception unretrieved.
    """
    waiting = [each for each in found if not isinstance(each, list)]
    results = iter(await asyncio.gather(*waiting))
    return [each if isinstance(each, list) else next(results) for each in found]


def in_language(prefix: str) -> BatchResolver:
    """Return a resolver of a text that is stored in three columns, ``{prefix}_kk`` and so on.

    Prefers the requested language, else the caller's; then Kazakh, Russian and English.
    """

    def resolve(parents: list[Any], info: Info, language: Language | None = None) -> list[str]:
        codes = dict.fromkeys((language or info.context.language, *FALLBACK))
        first, *others = (attrgetter(f"{prefix}_{code}") for code in codes)
        return [first(parent) or _first_of(parent, others) for parent in parents]

    return resolve


def _first_of(parent: Any, texts: Sequence[Callable[[Any], Any]]) -> str:
    for text in texts:
        if found := text(parent):
            return str(found)
    raise ValueError(f"a {type(parent).__name__} has no text in any language")
