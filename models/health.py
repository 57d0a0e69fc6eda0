"""Whether the database can answer: asked of the database itself, each time."""

import asyncio

from models.database import connection, fetch, operation, read_only, restore
from models.errors import cause
from models.issuers import ServedBeforeError, fit
from models.migrate import NewerDatabaseError, pending
from models.turns import OWN

TIMEOUT = 2.0


async def trouble(url: str, issuer: str | None = None) -> str | None:
    """Why the database cannot answer now, None where it can; takes two seconds at most.

    ``issuer`` is the identity provider that it is served with, None for demo mode.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            await restore(connection())
            plan = await pending(url)
            with operation(OWN):  # the way that a query goes, whatever others are waiting for
                await fetch("SELECT 1")
            if not plan:
                await fit(issuer)
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
