"""Columns that are computed from texts: sort keys and folded forms, for rows that lack them.

Whatever writes records by this product's code computes them. Rows of an earlier version, or that
an operator wrote in SQL, get them when the database is migrated.
"""

from collections.abc import AsyncIterator, Callable

from tortoise import Tortoise
from tortoise.models import Model

from erikti.database.connection import connection, dialect, fetch, transaction
from erikti.database.fields import Computed, derived
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
    key = meta.db_pk_column
    sources = dict.fromkeys(name for field in derived(model).values() for name in field.sources)
    selected = (key, *sources)
    computed = Computed(model, selected)
    sql = f"SELECT {', '.join(selected)} FROM {meta.db_table} WHERE ({_lacks(model)})"
    after, last = "", list[object]()
    while True:
        async with transaction():
            rows = await fetch(f"{sql}{after} ORDER BY {key} LIMIT {BATCH}", last)
            if not rows:
                return
            filled = [(*computed(row), row[0]) for row in rows]
            await dialect().update(connection(), meta.db_table, (*computed.names, key), filled)
        yield len(rows)
        after, last = f" AND {key} > {dialect().param(1)}", [rows[-1][0]]
