"""Batch resolvers of declared data: columns, texts in the caller's language, related records.

Each resolves a field for all parents of a level at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, TypeAlias

from models.people import Language
from resolvers.context import Info
from resolvers.data import Column, First, Localised, Part, Present, ToMany, ToOne, Values, Whole
from resolvers.dataloaders.loading import Found, V

Loaded: TypeAlias = list[V] | Awaitable[list[V]]
BatchResolver: TypeAlias = Callable[..., object]
# One whose values another resolver withholds or records.
ListResolver: TypeAlias = Callable[..., Loaded[object]]
FALLBACK = (Language.KK, Language.RU, Language.EN)


def resolver(
    data: Column | Localised | Present | ToOne | Values | ToMany | Whole,
) -> ListResolver:
    """Return the resolver of a field that is declared."""
    match data:
        case Column(name):
            made = _column(name)
        case Localised(prefix):
            made = _in_language(prefix)
        case Present():
            made = _present(data)
        case ToOne(found, key):
            made = _related(found, key)
        case Values(found):
            made = _related(found, "id")
        case ToMany(found, values):
            made = _related_many(found, values)
        case Whole():
            made = _all_records(data)
    return made


def parts(data: Part, make: Callable[..., object]) -> ListResolver:
    """Return a resolver of objects made of columns of the parents."""
    names = [*data.columns]
    columns = [attrgetter(column) for column in data.columns.values()]

    def resolve(parents: list[object], info: Info) -> list[object]:
        values = zip(*(map(column, parents) for column in columns), strict=True)
        return [make(**dict(zip(names, row, strict=True))) for row in values]

    return resolve


def _column(name: str) -> ListResolver:
    value = attrgetter(name)

    def resolve(parents: list[object], info: Info) -> list[object]:
        return list(map(value, parents))

    return resolve


def _related(found: Found[object], key: str) -> ListResolver:
    """Return a resolver of what a loader finds by the parents' column ``key``.

    The value is None if the column is null or the loader finds nothing.
    """
    column = attrgetter(key)

    def resolve(parents: list[object], info: Info) -> Loaded[object]:
        return info.context.loaders.of(found).load_many(list(map(column, parents)))

    return resolve


def _related_many(found: Found[object], values: Found[list[object]]) -> ListResolver:
    """Return a resolver of the records whose keys a link table has for the parents."""
    owner = attrgetter("id")

    async def resolve(parents: list[object], info: Info) -> list[object]:
        loaders = info.context.loaders
        keys = await loaded(loaders.of(values).load_many(list(map(owner, parents))))
        records = await loaded(loaders.of(found).load_many([key for some in keys for key in some]))
        several = iter(records)
        return [[next(several) for _ in some] for some in keys]

    return resolve


def first_of(data: First) -> ListResolver:
    """Return a resolver of the first record of a page, None if there is none."""
    owner = attrgetter("id")

    async def resolve(parents: list[object], info: Info) -> list[object]:
        pages = data.lists(info.context.loaders).pages(data.request)
        found = await loaded(pages.load_many(list(map(owner, parents))))
        return [page.rows[0] if page.rows else None for page in found]

    return resolve


def _present(data: Present) -> ListResolver:
    """Return a resolver of the values of a column that apply today."""

    def resolve(parents: list[object], info: Info) -> list[object]:
        value = _value_on(data, info.context.loaders.scope.policy.today)
        return list(map(value, parents))

    return resolve


def _value_on(data: Present, day: date) -> Callable[[object], object]:
    """Return a function that returns the value of a record on a day."""
    value, since, until = map(attrgetter, (data.column, data.since, data.until))

    def on_day(record: object) -> object:
        first, last = since(record), until(record)
        within = (first is None or first <= day) and (last is None or day <= last)
        return value(record) if within else None

    return on_day


def _all_records(whole: Whole) -> ListResolver:
    """Return a resolver of all records of a small table, or of those with or without a value."""

    def resolve(parents: list[object], info: Info, **given: object) -> Loaded[object]:
        records: Found[object] = whole.found
        loader = info.context.loaders.of(records)
        keys = [None] * len(parents)
        argument, present = whole.having or ("", None)
        wanted = given.get(argument)
        if present is None or not isinstance(wanted, bool):
            return loader.load_many(keys)
        value = _value_on(present, info.context.loaders.scope.policy.today)

        def chosen(found: list[Any]) -> list[object]:
            return [[row for row in rows if (value(row) is not None) == wanted] for rows in found]

        return loader.load_then(keys, chosen)

    return resolve


async def loaded(found: Loaded[V]) -> list[V]:
    """Return what a loader found, awaiting it if necessary."""
    return found if isinstance(found, list) else await found


async def all_loaded(found: Sequence[Loaded[V]]) -> list[list[V]]:
    """Return what several loaders found; no future is left pending on an error or cancellation.

    Gathers the futures directly: a task around one, if cancelled before it starts, would leave
    the future and its exception unretrieved.
    """
    waiting = [each for each in found if not isinstance(each, list)]
    results = iter(await asyncio.gather(*waiting))
    return [each if isinstance(each, list) else next(results) for each in found]


def _in_language(prefix: str) -> ListResolver:
    """Return a resolver of a text that is stored in three columns, ``{prefix}_kk`` and so on.

    Prefers the requested language, else the caller's; then Kazakh, Russian and English.
    """

    def resolve(
        parents: list[object], info: Info, language: Language | None = None
    ) -> list[object]:
        codes = dict.fromkeys((language or info.context.language, *FALLBACK))
        first, *others = (attrgetter(f"{prefix}_{code}") for code in codes)
        return [first(parent) or _first_of(parent, others) for parent in parents]

    return resolve


def _first_of(parent: object, texts: Sequence[Callable[[object], object]]) -> str:
    for text in texts:
        if found := text(parent):
            return str(found)
    raise ValueError(f"a {type(parent).__name__} has no text in any language")
