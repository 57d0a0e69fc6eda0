"""The resolvers that most fields need: a related record, a name in the caller's language."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from models.people import Language
from resolvers.context import Info
from resolvers.dataloaders import Loaders

Load = Callable[[Loaders], DataLoader[Any, Any]]
Resolver = Callable[..., Awaitable[Any]]
FALLBACK = (Language.KK, Language.RU, Language.EN)


def related(load: Load, key: str) -> Resolver:
    """A resolver of what a loader finds under the parent's column ``key``.

    None where the column is empty or the loader finds nothing.
    """

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        value = getattr(root, key)
        return None if value is None else await load(info.context.loaders).load(value)

    return resolve


def related_many(load: Load, values: Load, key: str = "id") -> Resolver:
    """A resolver of the records whose keys a link table holds for the parent."""

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        loaders = info.context.loaders
        keys = await values(loaders).load(getattr(root, key))
        return await load(loaders).load_many(keys)

    return resolve


def everything(load: Load) -> Resolver:
    """A resolver of all records of a small table."""

    async def resolve(info: Info) -> Any:
        return await load(info.context.loaders).load(None)

    return resolve


def in_language(prefix: str) -> Callable[..., str]:
    """A resolver of a text kept in three columns, ``{prefix}_kk`` and so on.

    The language asked for, or else the caller's, comes first; then Kazakh, Russian, English.
    """

    def resolve(root: strawberry.Parent[Any], info: Info, language: Language | None = None) -> str:
        for code in (language or info.context.language, *FALLBACK):
            text: str | None = getattr(root, f"{prefix}_{code}")
            if text:
                return text
        raise ValueError(f"a record has no {prefix} in any language")

    return resolve
