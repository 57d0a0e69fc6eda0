"""Whether the database can answer: asked of the database itself, each time."""

import asyncio

from models.database import connection, fetch, operation, restore
from models.errors import cause
from models.migrate import NewerDatabaseError, pending
from models.turns import OWN

TIMEOUT = 2.0


async def trouble(url: str) -> str | None:
    """Why the database cannot answer now, None where it can; takes two seconds at most."""
    try:
        async with asyncio.timeout(TIMEOUT):
            await restore(connection())
            plan = await pending(url)
            with operation(OWN):  # the way that a query goes, whatever others are waiting for
                await fetch("SELECT 1")
    except TimeoutError:
        return f"the database did not answer within {TIMEOUT:g} seconds"
    except NewerDatabaseError as error:
        return str(error)
    except Exception as error:
        if (found := cause(error)) is None:
            raise
        return f"the database cannot be used: {found}"
    if plan:
        return f"the database lacks {len(plan)} migrations: run erikti migrate"
    return None
