"""Whether the database can answer: asked of the database itself, each time."""

import asyncio
import errno
import os
import tempfile
from pathlib import Path

from erikti.database.connection import connection, fetch, one_snapshot, read_only, restore
from erikti.database.errors import cause
from erikti.database.fair_queue import OWN
from models.issuers import ServedBeforeError, check_issuer
from models.migrate import NewerDatabaseError, pending

TIMEOUT = 2.0
FULL = (errno.ENOSPC, errno.EDQUOT)
NEEDED = 65_536  # bytes that a disk must have left


async def unreadiness(url: str, issuer: str | None = None) -> str | None:
    """Why the database cannot answer now, None where it can; takes two seconds at most.

    ``issuer`` is the identity provider that it is served with, None for demo mode.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            await restore(connection())
            plan = await pending(url)
            with one_snapshot(OWN):  # the way that a query goes, whatever others are waiting for
                await fetch("SELECT 1")
            if not plan:
                await check_issuer(issuer)
    except TimeoutError:
        return f"the database did not answer within {TIMEOUT:g} seconds"
    except (NewerDatabaseError, ServedBeforeError) as error:
        return str(error)
    except Exception as error:
        if (found := cause(error)) is None:
            raise
        return f"the database cannot be used: {found}"
    if plan:
        return f"the database lacks {len(plan)} migrations: run erikti migrate"
    return None


async def impairment() -> str | None:
    """Why a database that can be read cannot be written, None where it can: asked like ``trouble``.

    Personal data are given out only where the access log can say so.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            return "the database cannot be written" if await read_only() else None
    except Exception as error:
        if (found := cause(error)) is None:
            raise
        return f"the database cannot be used: {found}"


async def unwritable(folder: Path) -> str | None:
    """Why nothing can be written to a folder, None where something can.

    It is tried, aside from the loop, with a file that has no name. Of a folder that is not there
    yet, it is the one that it will be made in.
    """
    return await asyncio.to_thread(_unwritable, folder)


def _unwritable(folder: Path) -> str | None:
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, NEEDED)
    except OSError as error:
        return "its disk is full" if error.errno in FULL else "it cannot be written"
    return None
