"""Whether a folder of checkpoints and a database belong together."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from erikti.audit.stores import Store, store
from erikti.audit.witness import parsed


class OtherDatabaseError(Exception):
    """The checkpoints in the folder were written for another database than this one."""


async def check_place(url: str, folder: Path) -> None:
    """Raise OtherDatabaseError where the database at ``url`` has not what the folder signs for.

    Raises the database's own errors where that cannot be told.
    """
    where = store(url)
    try:
        await belonging(where, folder)
    finally:
        await where.close()


def together(url: str, folder: Path) -> str | None:
    """A warning where one folder holds the database and its checkpoints, None where none does."""
    scheme, _, path = url.partition("://")
    beside = Path(path.partition("?")[0]).resolve().parent
    if scheme != "sqlite" or not folder.resolve().is_relative_to(beside):
        return None
    return (
        f"the checkpoints of the access log lie with the database in {beside}: who can take one "
        "can take both. Set ERIKTI_CHECKPOINTS to a folder in another place"
    )


async def belonging(where: Store, folder: Path) -> UUID:
    """Which database it is, of those whose checkpoints may lie in the folder.

    Raises OtherDatabaseError where it is none of them: others are named, or none of the chains
    that are signed for there is in this one, as where a volume was not mounted.
    """
    database = await where.identity()
    named, chains = await asyncio.to_thread(_first_lines, folder)
    if others := sorted(named - {str(database)}):
        raise OtherDatabaseError(
            f"the checkpoints in {folder} are those of the database {', '.join(others)}, and this "
            f"is {database}: set DATABASE_URL to that one, or ERIKTI_CHECKPOINTS to another folder"
        )
    for writer in chains:
        if await where.tail(writer) is not None:
            return database
    if chains:
        raise OtherDatabaseError(
            f"the database has none of the entries that are signed for in {folder}: set "
            "DATABASE_URL to the one that has, or ERIKTI_CHECKPOINTS to another folder"
        )
    return database


def _first_lines(folder: Path) -> tuple[set[str], list[UUID]]:
    """The databases that are named, and the chains of which entries are signed for."""
    named: set[str] = set()
    chains = []
    for said, more in _files(folder):
        if isinstance(said.get("database"), str):
            named.add(said["database"])
        if more:
            chains.append(UUID(said["writer"]))
    return named, chains


def _files(folder: Path) -> Iterator[tuple[dict[str, Any], bool]]:
    for path in folder.glob("*.jsonl"):
        try:
            with path.open("rb") as file:
                said = parsed(file.readline())
                more = any(parsed(line).get("marks") for line in file)
            UUID(said["writer"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # no checkpoints
        yield said, more
