"""What tests of sealed values ask of a database."""

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
    """A time in which other keys are in use."""
    before = keyring()
    use(Keyring.parse(keys))
    try:
        yield
    finally:
        use(before)


async def read() -> dict[str, tuple[str | None, ...]]:
    """Every person's IIN, e-mail address and telephone number, by family name."""
    rows = await fetch("SELECT family_name, id, iin, email, phone FROM people")
    return {
        name: tuple(v and field(c).unseal(id_, v) for c, v in zip(COLUMNS, stored, strict=True))
        for name, id_, *stored in map(tuple, rows)
    }


def field(column: str) -> Sealed:
    """A sealed column of people."""
    found = Person._meta.fields_map[column]
    assert isinstance(found, Sealed)
    return found


async def raw() -> dict[str, tuple[Any, ...]]:
    """What the database itself holds of every person."""
    rows = await fetch("SELECT family_name, iin, iin_hash, email, phone FROM people")
    return {row[0]: tuple(row)[1:] for row in rows}


async def rows(*columns: str) -> list[Any]:
    """People as loaders have them: records of the driver, read by name."""
    selection = Selection(Person, ("id", *columns))
    sql = f"SELECT {selection.select('t')} FROM people t ORDER BY t.family_name"
    if dialect().name == "sqlite":
        return [selection.row(tuple(record)) for record in await fetch(sql)]
    async with connection().acquire_connection() as held:
        found: list[Any] = await held.fetch(sql, record_class=selection.row)
        return found


async def everything(url: str) -> str:
    """All that the database keeps, as text: SQLite's files, or every table of PostgreSQL."""
    if dialect().name == "sqlite":
        path = Path(url.removeprefix("sqlite://"))
        files = [path, *path.parent.glob(f"{path.name}-*")]
        return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())
    names = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = [await fetch(f"SELECT t::text FROM {name} t") for (name,) in names]
    return "\n".join(row[0] for table in found for row in table)
