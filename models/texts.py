"""Columns that are computed from texts: sort keys and folded forms, for rows that lack them.

Whatever writes records by this product's code computes them. Rows of an earlier version, or that
an operator wrote in SQL, get them when the database is migrated.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from tortoise import Tortoise
from tortoise.models import Model

from erikti.database.connection import connection, dialect, fetch, transaction
from erikti.database.fields import Folded, SortKey, derived
from erikti.database.tables import APP

BATCH = 5_000
# Takes the table, the rows that are done, and the number of all rows to fill.
Progress = Callable[[str, int, int], None]


def models_with_texts() -> list[type[Model]]:
    """Return the models with computed columns, in the order of their tables."""
    found = [model for model in Tortoise.apps[APP].values() if derived(model)]
    return sorted(found, key=lambda model: model._meta.db_table)


async def fill(progress: Progress | None = None) -> int:
    """Compute the missing columns in batches, each committed; return the number of rows.

    If it is interrupted, the next call continues.
    """
    missing = [(model, await _missing(model)) for model in models_with_texts()]
    whole, done = sum(count for _, count in missing), 0
    for model, count in missing:
        if count:
            async for filled in _batches(model):
                done += filled
                if progress is not None:
                    progress(model._meta.db_table, done, whole)
    return done


async def is_filled() -> bool:
    """Return whether every text has its computed columns."""
    for model in models_with_texts():
        if await fetch(f"SELECT 1 FROM {model._meta.db_table} WHERE {_lacks(model)} LIMIT 1"):
            return False
    return True


def _lacks(model: type[Model]) -> str:
    """Return SQL for whether a row lacks a column that it should have."""
    return " OR ".join(
        f"({name} IS NULL AND ({' OR '.join(f'{s} IS NOT NULL' for s in field.sources)}))"
        for name, field in derived(model).items()
    )


async def _missing(model: type[Model]) -> int:
    sql = f"SELECT count(*) FROM {model._meta.db_table} WHERE {_lacks(model)}"
    return int((await fetch(sql))[0][0])


async def _batches(model: type[Model]) -> AsyncIterator[int]:
    """Fill the rows of a model; yield the number of each batch."""
    meta = model._meta
    columns = derived(model)
    sources = list(dict.fromkeys(name for field in columns.values() for name in field.sources))
    key = meta.db_pk_column
    selected = f"SELECT {', '.join((key, *sources))} FROM {meta.db_table} WHERE ({_lacks(model)})"
    after, last = "", list[Any]()
    while True:
        async with transaction():
            rows = await fetch(f"{selected}{after} ORDER BY {key} LIMIT {BATCH}", last)
            if not rows:
                return
            await _write(model, columns, [tuple(row) for row in rows], sources)
        yield len(rows)
        after, last = f" AND {key} > {dialect().param(1)}", [rows[-1][0]]


async def _write(
    model: type[Model],
    columns: dict[str, SortKey | Folded],
    rows: Sequence[tuple[Any, ...]],
    sources: Sequence[str],
) -> None:
    places = [[sources.index(name) + 1 for name in field.sources] for field in columns.values()]
    filled = [
        (
            *(
                f.derive([row[p] for p in at])
                for f, at in zip(columns.values(), places, strict=True)
            ),
            row[0],
        )
        for row in rows
    ]
    key = model._meta.db_pk_column
    await dialect().update(connection(), model._meta.db_table, list(columns), filled, key)
