"""The worker: waits to become the leader, and does what is due."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from erikti.database.connection import Database
from erikti.database.errors import cause
from erikti.database.leadership import Leadership, leadership
from erikti.database.uncancelled import shielded
from erikti.telemetry.tracebacks import trace
from erikti.work import jobs
from erikti.work.kinds import KINDS, Kind

TICK = 1.0  # seconds between two looks for work, or for the leadership
CONNECTIONS = 3  # the lock of the leader, a job, and the renewal of its lease
LONGEST_STATEMENT = 10.0  # seconds
LONGEST_WAIT = 5.0  # seconds for a connection
STOPPING = 1.0  # seconds to stop; a database that does not respond is not waited for
AWAY = 5.0  # seconds before the next attempt to reach the database

logger = logging.getLogger("erikti.work")


def worker_of(url: str) -> "Worker":
    """Return a worker with connections of its own to a database."""
    return Worker(
        Database(
            url,
            statement_seconds=LONGEST_STATEMENT,
            connection_seconds=LONGEST_WAIT,
            connections=CONNECTIONS,
        )
    )


class Worker:
    """Does background work on a database, of whose workers only one leads."""

    def __init__(self, database: Database, kinds: Mapping[str, Kind] = KINDS) -> None:
        self._database = database
        self._kinds = kinds
        self._next: dict[str, float] = {}  # when to look again whether a kind is needed

    async def run(self) -> None:
        """Work until cancelled; an unreachable database is waited for."""
        while True:
            try:
                async with self._database:
                    await self._lead()
            except Exception as error:
                logger.error("background work stopped: %s", cause(error) or trace(error))
            await asyncio.sleep(AWAY)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in a task of its own within the block."""
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=STOPPING)

    async def once(self) -> bool | None:
        """Do what is due now; return whether all succeeded, or None if another process leads."""
        async with self._database:
            leader = leadership(self._database)
            if not await leader.take():
                return None
            try:
                return await self._work(leader)
            finally:
                await leader.give_up()

    async def _lead(self) -> None:
        leader = leadership(self._database)
        try:
            while True:
                if await leader.is_held():
                    await self._work(leader)
                elif await leader.take():
                    logger.info("leads background work")
                    continue
                await asyncio.sleep(TICK)
        finally:
            await leader.give_up()

    async def _work(self, leader: Leadership) -> bool:
        """Do what is due; return whether all succeeded."""
        now, done = asyncio.get_running_loop().time(), True
        for name, kind in self._kinds.items():
            if self._next.get(name, now) > now:
                continue
            self._next[name] = now + kind.every
            if await kind.is_needed() and await jobs.lease(name):
                done = await self._do(name, kind, leader) and done
        return done

    async def _do(self, name: str, kind: Kind, leader: Leadership) -> bool:
        renewing = asyncio.create_task(_renew(name, leader))
        try:
            await kind.run()
        except asyncio.CancelledError:
            await jobs.release(name)
            raise
        except Exception as error:
            logger.error("the job %s failed: %s", name, trace(error))
            await jobs.fail(name, error)
            return False
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
        await jobs.finish(name, kind.every)
        return True


async def _renew(name: str, leader: Leadership) -> None:
    with suppress(Exception):  # the next leader may then begin the job too, which can be repeated
        while True:
            await asyncio.sleep(jobs.LEASE / 3)
            await jobs.renew(name)
            # Else the server would end the idle transaction; to cancel the statement ends it too.
            await shielded(leader.is_held())
