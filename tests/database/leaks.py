"""A check for leaked connections, locks and transactions."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from typing import Any

import asyncpg

from erikti.database.connection import connection
from erikti.database.postgres import Client as PostgresClient
from erikti.database.sqlite import Client as SqliteClient
from erikti.database.uncancelled import finished

PATIENCE = 10
OPEN = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend' AND state <> 'idle'
"""


async def _in_time(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds, or for long: a look for changes has a place for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0.001)


class Leaks:
    """Checks the open database, also from a separate connection."""

    def __init__(self, outside: Any) -> None:
        self._outside = outside

    async def none_are_left(self) -> None:
        """Fail if a connection, a lock or a transaction has leaked."""
        await asyncio.wait_for(finished(), PATIENCE)
        client: Any = connection()
        await _in_time(lambda: not client.queue.in_use)
        assert not client.queue.in_use, "a place was not released"
        if isinstance(client, PostgresClient):
            await self._look_at_pool(client)
        else:
            assert isinstance(client, SqliteClient)
            self._look_at_file(client)

    async def _look_at_pool(self, client: PostgresClient) -> None:
        pool: Any = client._pool
        if pool is not None:
            await _in_time(
                lambda: pool._queue.qsize() + len(client.sessions) == pool.get_max_size()
            )
            idle = len(client.sessions)
            free = pool._queue.qsize() + idle
            assert free == pool.get_max_size(), "a connection was not released"
            assert pool.get_idle_size() + idle == pool.get_size()
        assert self._outside is not None
        async with asyncio.timeout(PATIENCE):
            # The server notices a closed connection after a moment.
            while await self._outside.fetchval(OPEN):  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    def _look_at_file(self, client: SqliteClient) -> None:
        assert not client._lock.locked(), "the lock was not released"
        own = [client._connection] if client._connection else []
        assert not any(one._conn.in_transaction for one in [*own, *client._idle])
        path = client.filename  # other processes may write to it for a moment
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[Leaks]:
    """Return the check for the open database at a URL."""
    if url.startswith("sqlite:"):
        yield Leaks(None)
        return
    outside = await asyncpg.connect(url.replace("asyncpg:", "postgresql:"))
    try:
        yield Leaks(outside)
    finally:
        await outside.close()
