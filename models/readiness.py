"""Readiness checks of the database and of folders."""

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
NEEDED = 65_536  # free bytes that a disk must have


async def unreadiness(url: str, issuer: str | None = None) -> str | None:
    """Return why the database cannot serve requests now, or None; takes at most two seconds.

    ``issuer`` is the identity provider in use, None for demo mode.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            await restore(connection())
            plan = await pending(url)
            with one_snapshot(OWN):  # a query's path, in its own queue
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
    """Return why the database cannot be written to, or None; takes at most two seconds.

    Without writes there is no access log, so personal data is not served.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            return "the database cannot be written" if await read_only() else None
    except Exception as error:
        if (found := cause(error)) is None:
            raise
        return f"the database cannot be used: {found}"


async def unwritable(folder: Path) -> str | None:
    """Return why files cannot be written in a folder, or None.

    Tries an anonymous file, in a thread; for a missing folder, in its nearest existing parent.
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
