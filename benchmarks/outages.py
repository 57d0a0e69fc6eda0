"""Effects on clients of a database or cache that freezes, dies or cannot be reached.

Prints for each outage the time to the first error and its code, and the time from the end of the
outage to the first correct response. Fails if an error takes longer than the query timeout plus
half a second, or a response longer than a second after the end.
"""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from erikti.database.connection import Database
from erikti.database.sealed import use
from erikti.guard.limits import Limits
from erikti.settings import Settings
from models.migrate import migrate
from server import create_app
from tests.support.black_hole import black_hole
from tests.support.postgres import OwnPostgres
from tests.support.valkey import OwnValkey

LIMITS = Limits(public_budget=10**9)
LATEST = LIMITS.query_seconds + 0.5
RETURN = 1.0
TOGETHER = 20
PAUSE = 0.01
AT_MOST = 120
QUERY = "{ regions { code } countries { code } }"
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'erikti'"
Step = Callable[[], Any]


@dataclass
class Outcome:
    """One outage: seconds of the slowest response during it, codes, and seconds to recovery."""

    name: str
    slowest: float
    codes: list[str]
    back: float

    @property
    def kept(self) -> bool:
        """Return whether it stayed within the bounds."""
        return self.slowest <= LATEST and self.back <= RETURN


class Bench:
    """A server under test, with its clients."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._expected: Any = None

    async def ask(self) -> tuple[float, str]:
        """Return the seconds to a response and its error code, empty if it is correct."""
        begin = time.monotonic()
        answer = (await self._client.post("/graphql", json={"query": QUERY})).json()
        took = time.monotonic() - begin
        if "errors" in answer:
            return took, str(answer["errors"][0]["extensions"]["code"])
        self._expected = self._expected or answer["data"]
        return took, "" if answer["data"] == self._expected else "WRONG"

    async def outage(self, name: str, begin: Step, end: Step) -> Outcome:
        """Return the outcome of an outage for concurrent clients, and for one after it."""
        await asyncio.gather(*(self.ask() for _ in range(TOGETHER)))
        await _done(begin)
        try:
            seen = await asyncio.gather(*(self.ask() for _ in range(TOGETHER)))
        finally:
            await _done(end)
        over = time.monotonic()
        while (await self.ask())[1]:  # noqa: ASYNC110 - there is no event to await
            await asyncio.sleep(PAUSE)
        back = time.monotonic() - over
        codes = sorted({code or "answered" for _, code in seen})
        return Outcome(name, max(took for took, _ in seen), codes, back)


async def _done(step: Step) -> None:
    found = step()
    if asyncio.iscoroutine(found):
        await found


@asynccontextmanager
async def serving(url: str, data: Path, cache: str | None = None) -> AsyncIterator[Bench]:
    """Yield a server in this process, with a response cache if one is given."""
    settings = Settings(
        "127.0.0.1", 0, data, url, "", cache_url=cache, response_cache=bool(cache), limits=LIMITS
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://erikti", timeout=60) as client,
    ):
        yield Bench(client)


async def of_postgres(server: OwnPostgres, data: Path) -> AsyncIterator[Outcome]:
    """Run the outages of a database server."""
    others: list[Any] = []

    async def end_connections() -> None:
        outside = await asyncpg.connect(server.dsn)
        await outside.execute(END_ALL)
        await outside.close()

    async def take_all() -> None:
        await end_connections()
        while True:
            try:
                others.append(await asyncpg.connect(server.dsn))
            except asyncpg.TooManyConnectionsError:
                return

    async def let_go() -> None:
        for other in others:
            await other.close()

    async with serving(server.url(), data) as bench:
        yield await bench.outage("PostgreSQL frozen", server.freeze, server.thaw)
        yield await bench.outage("PostgreSQL killed, restarted", server.kill, server.start)
        yield await bench.outage("its connections ended", end_connections, lambda: None)
        yield await bench.outage("all its connections taken", take_all, let_go)
    async with black_hole(server.port) as way, serving(server.url(way.port), data) as bench:
        yield await bench.outage("packets to PostgreSQL swallowed", way.swallow, way.forward)


async def of_valkey(database: str, data: Path) -> AsyncIterator[Outcome]:
    """Run the outages of a shared cache, which clients must not notice."""
    valkey = OwnValkey(data)

    def poison() -> None:
        with valkey.client() as client:
            for key in client.keys("*"):
                client.set(key, b"\x00rubbish\xff" * 9)

    try:
        async with serving(database, data, valkey.url) as bench:
            yield await bench.outage("Valkey poisoned", poison, lambda: None)
            yield await bench.outage("Valkey frozen", valkey.freeze, valkey.thaw)
            yield await bench.outage("Valkey killed, restarted", valkey.kill, valkey.start)
    finally:
        valkey.kill()


async def run() -> bool:
    """Print the table; return whether all bounds were met."""
    server = OwnPostgres()
    kept = True
    print(f"{'outage':34} {'slowest answer':>14}  {'back after':>10}  what clients saw")
    try:
        async with asyncio.timeout(AT_MOST):
            with tempfile.TemporaryDirectory() as folder:
                data = Path(folder)
                use(Settings("", 0, data, server.url(), "").keyring())
                async with Database(server.url()):
                    await migrate(server.url())
                for outages in (of_postgres(server, data), of_valkey(server.url(), data)):
                    async for outcome in outages:
                        kept = kept and outcome.kept
                        mark = "" if outcome.kept else "  OVER THE BOUND"
                        seen = ", ".join(outcome.codes)
                        times = f"{outcome.slowest:12.2f} s  {outcome.back:8.3f} s"
                        print(f"{outcome.name:34} {times}  {seen}{mark}", flush=True)
    finally:
        server.close()
    return kept


if __name__ == "__main__":
    logging.disable()
    sys.exit(not asyncio.run(run()))
