"""Helpers for tests of sealed values."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from erikti.database.connection import connection, dialect, fetch
from erikti.database.sealed import Sealed, keyring, use
from erikti.sealing import Keyring
from models.people import Person
from resolvers.dataloaders.tables import Selection

COLUMNS = ("iin", "email", "phone")


@contextmanager
def using(keys: str) -> Iterator[None]:
    """Use other keys within this context."""
    before = keyring()
    use(Keyring.parse(keys))
    try:
        yield
    finally:
        use(before)


async def read() -> dict[str, tuple[str | None, ...]]:
    """Return every person's IIN, e-mail address and telephone number by family name."""
    rows = await fetch("SELECT family_name, id, iin, email, phone FROM people")
    return {
        name: tuple(v and field(c).unseal(id_, v) for c, v in zip(COLUMNS, stored, strict=True))
        for name, id_, *stored in map(tuple, rows)
    }


def field(column: str) -> Sealed:
    """Return a sealed column of people."""
    found = Person._meta.fields_map[column]
    assert isinstance(found, Sealed)
    return found


async def raw() -> dict[str, tuple[Any, ...]]:
    """Return the stored values of every person."""
    rows = await fetch("SELECT family_name, iin, iin_hash, email, phone FROM people")
    return {row[0]: tuple(row)[1:] for row in rows}


async def rows(*columns: str) -> list[Any]:
    """Return people as rows of loaders."""
    selection = Selection(Person, ("id", *columns))
    sql = f"SELECT {selection.select('t')} FROM people t ORDER BY t.family_name"
    if dialect().name == "sqlite":
        return [selection.row(tuple(record)) for record in await fetch(sql)]
    async with connection().acquire_connection() as held:
        found: list[Any] = await held.fetch(sql, record_class=selection.row)
        return found


async def everything(url: str) -> str:
    """Return the whole database as text: SQLite's files, or every table of PostgreSQL."""
    if dialect().name == "sqlite":
        path = Path(url.removeprefix("sqlite://"))
        files = [path, *path.parent.glob(f"{path.name}-*")]
        return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())
    names = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = [await fetch(f"SELECT t::text FROM {name} t") for (name,) in names]
    return "\n".join(row[0] for table in found for row in table)
