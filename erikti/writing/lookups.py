"""Lookups of IDs by keys, in one statement for any number of keys."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from string import ascii_lowercase
from typing import Any
from uuid import UUID

from erikti.database.connection import connection, dialect
from erikti.database.sealed import keyring
from erikti.writing import identifiers
from erikti.writing.batches import Batch
from erikti.writing.kind import Kind, Lookup, Reference

Key = tuple[object, ...]
SQL_TYPES = (
    (str, "text"),
    (UUID, "uuid"),
    (int, "bigint"),
    (date, "date"),
    (bytes, "bytea"),
)
Rows = Sequence[Any]  # records of the driver, with what the statement selects


async def query(sql: str, *parameters: object) -> Rows:
    """Run a statement in the import's transaction."""
    _, rows = await connection().execute_query(sql, list(parameters))
    return rows


async def where(selected: str, table: str, keys: Sequence[str], found: Collection[Key]) -> Rows:
    """Return the rows whose key columns have the values of some key."""
    if not found:
        return ()
    # A join: conditions for each column would also find rows that mix parts of several keys.
    types = [_sql_type(part) for part in zip(*found, strict=True)]
    tuples, parameters = dialect().tuples(found, types)
    equal = " AND ".join(f"{key} = k.{a}" for key, a in zip(keys, ascii_lowercase, strict=False))
    # SQLite begins with what is left of a cross join.
    sql = f"SELECT {selected} FROM {tuples} k CROSS JOIN {table} WHERE {equal}"
    return await query(sql, *parameters)


def _sql_type(values: Iterable[object]) -> str:
    """Return PostgreSQL's type of values in the database's representation."""
    some = next((value for value in values if value is not None), "")
    return next(name for kind, name in SQL_TYPES if isinstance(some, kind))


async def ids(lookup: Lookup, keys: Collection[Key]) -> dict[Key, object]:
    """Return the IDs of the records with these keys, by key."""
    selected = ", ".join((*lookup.selected, lookup.found))
    rows = await where(selected, lookup.table, lookup.selected, keys)
    return {tuple(row)[:-1]: row[-1] for row in rows}


async def resolve(kind: Kind, batch: Batch) -> None:
    """Fill the columns that refer to other records, and refuse unknown references."""
    for reference in kind.references:
        await _resolve(reference, batch)
    for link in kind.links:
        if link.lookup is not None:
            await _resolve_links(link.name, link.lookup, batch)


async def _resolve(reference: Reference, batch: Batch) -> None:
    cells = batch.zipped(reference.columns)
    systems = batch.values["source_system"]
    found: list[object] = [None] * len(batch)
    missing = {index for index, cell in enumerate(cells) if None not in (systems[index], *cell)}
    for lookup in reference.lookups:
        if not missing:
            break
        keys = {index: _key(lookup, reference, batch, index, cells[index]) for index in missing}
        known = await ids(lookup, set(keys.values()))
        for index, key in keys.items():
            found[index] = known.get(key)
        missing = {index for index in missing if found[index] is None}
    column = reference.columns[-1]
    reason = f"no such {column.replace('_', ' ')} is known"
    batch.values[reference.stored] = found
    for index in sorted(missing):
        batch.refuse(index, column, "REFERENCE_NOT_FOUND", reason)


def _key(lookup: Lookup, reference: Reference, batch: Batch, index: int, cell: Key) -> Key:
    if lookup.numbered and identifiers.lost_zeros(batch.rows[index].get(reference.columns[-1])):
        cell = tuple(str(part).zfill(identifiers.LENGTH) for part in cell)
    if lookup.hashed:
        return tuple(keyring().digest(str(part)) for part in cell)
    return (batch.values["source_system"][index], *cell) if lookup.of_system else cell


async def _resolve_links(column: str, lookup: Lookup, batch: Batch) -> None:
    """Replace the identifiers in a column with several values by IDs."""
    cells = batch.values[column]
    systems = batch.values["source_system"]
    keys = {(systems[i], item) for i, items in enumerate(cells) for item in items or ()}
    known = await ids(lookup, keys)
    for index, items in enumerate(cells):
        if systems[index] is None:
            continue
        try:
            cells[index] = tuple(known[systems[index], item] for item in items or ())
        except KeyError as missing:
            reason = f"{missing.args[0][1]} is not known"
            batch.refuse(index, column, "REFERENCE_NOT_FOUND", reason)
