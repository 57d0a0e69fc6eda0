"""Checks that a folder of checkpoints and a database belong together."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from erikti.audit.stores import Store, store
from erikti.audit.witness import parsed


class OtherDatabaseError(Exception):
    """The checkpoints in the folder were written for another database."""


async def check_database(url: str, folder: Path) -> None:
    """Raise OtherDatabaseError if the folder's checkpoints are of another database than ``url``.

    Raises the database's own errors if it cannot be read.
    """
    where = store(url)
    try:
        await matching_database(where, folder)
    finally:
        await where.close()


def colocation_warning(url: str, folder: Path) -> str | None:
    """Return a warning if the checkpoints are in the folder of the database, else None."""
    scheme, _, path = url.partition("://")
    database_folder = Path(path.partition("?")[0]).resolve().parent
    if scheme != "sqlite" or not folder.resolve().is_relative_to(database_folder):
        return None
    return (
        "the checkpoints of the access log are in the folder of the database, "
        f"{database_folder}, so an attacker can replace both: set ERIKTI_CHECKPOINTS to a folder "
        "elsewhere"
    )


async def matching_database(where: Store, folder: Path) -> UUID:
    """Return the identity of the database after checking that the folder's checkpoints fit.

    Raises OtherDatabaseError if they name another database, or if the database has none of the
    signed chains, for example because a volume is not mounted.
    """
    database = await where.identity()
    named, chains = await asyncio.to_thread(_first_lines, folder)
    if others := sorted(named - {str(database)}):
        raise OtherDatabaseError(
            f"the checkpoints in {folder} are of the database {', '.join(others)}, but this is "
            f"{database}: set DATABASE_URL to that one, or ERIKTI_CHECKPOINTS to another folder"
        )
    for writer in chains:
        if await where.tail(writer) is not None:
            return database
    if chains:
        raise OtherDatabaseError(
            f"the database has none of the entries that were signed in {folder}: set DATABASE_URL "
            "to the one that has them, or ERIKTI_CHECKPOINTS to another folder"
        )
    return database


def _first_lines(folder: Path) -> tuple[set[str], list[UUID]]:
    """Return the databases that checkpoints name, and the chains with signed entries."""
    named: set[str] = set()
    chains = []
    for database, writer, more in _files(folder):
        if isinstance(database, str):
            named.add(database)
        if more:
            chains.append(writer)
    return named, chains


def _files(folder: Path) -> Iterator[tuple[object, UUID, bool]]:
    """Yield the database and the writer in each file, and whether entries were signed there."""
    for path in folder.glob("*.jsonl"):
        try:
            with path.open("rb") as file:
                payload = parsed(file.readline())
                more = any(parsed(line).get("marks") for line in file)
            writer = UUID(str(payload["writer"]))
        except (OSError, ValueError, KeyError, AttributeError):
            continue  # not a file of checkpoints
        yield payload.get("database"), writer, more
