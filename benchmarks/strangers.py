"""Forty strangers at work within their budgets: ``python -m benchmarks.strangers``.

They ask from addresses of their own (127.0.0.2 and on), again and again, what costs most: one
filter in many places of a document, and texts that no index finds. Meanwhile an honest client
asks for a page of 20, and probes ask whether the server lives and is ready. Exits with 1 where
a process was replaced, a connection reset, a probe waited for more than 200 ms, or where 99 of
100 honest answers take more than three times as long as without the strangers.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import psutil

from tests.support.processes import environment
from tests.support.waiting import eventually

MOST_WAITING = 0.2  # s for a probe
MOST_SLOWER = 3.0
HONEST = """{ organisations(first: 20) { totalCount nodes {
  nameKk: name(language: KK) kind region { code name } } } }"""
PLACES = " ".join(f"a{n}: organisations(filter: $f) {{ totalCount }}" for n in range(15))
SHARED = f"query ($f: OrganisationFilter) {{ {PLACES} }}"
DATES = [
    {"registeredOn": {"range": {"min": f"20{10 + n % 15}-01-{1 + n % 28:02d}"}}} for n in range(160)
]
NAMES = [{"displayName": {"contains": f"{chr(1072 + n % 32)}{n}"}} for n in range(150)]
ATTACKS: tuple[dict[str, Any], ...] = (
    {"query": SHARED, "variables": {"f": {"or": DATES}}},
    {
        "query": "query ($f: PersonFilter) { people(filter: $f) { totalCount } }",
        "variables": {"f": {"or": NAMES}},
    },
    {"query": "{ laureates(first: 100) { nodes { nominee { __typename } votes } } }"},
)


class Watch:
    """How long answers took, and how requests ended."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.ends: Counter[str] = Counter()

    async def ask(
        self, client: httpx.AsyncClient, method: str, path: str, body: Any = None
    ) -> None:
        """One request."""
        begin = time.perf_counter()
        try:
            answer = await client.request(method, path, json=body)
        except httpx.TransportError as error:
            self.ends[type(error).__name__] += 1
        else:
            self.ends[str(answer.status_code)] += 1
            self.seconds.append(time.perf_counter() - begin)

    @property
    def slowest(self) -> float:
        """The longest, in seconds."""
        return max(self.seconds, default=0.0)

    @property
    def p99(self) -> float:
        """The time within which 99 of 100 were answered, in seconds."""
        return quantiles(self.seconds, n=100)[98] if len(self.seconds) > 1 else 0.0


async def measure(
    url: str, seconds: float, strangers: int, attacks: tuple[dict[str, Any], ...] = ATTACKS
) -> dict[str, Watch]:
    """What an honest client, the probes and so many strangers see meanwhile."""
    watches = {name: Watch() for name in ("honest", "live", "ready", "strangers")}
    end = time.monotonic() + seconds

    async def again(
        name: str, pause: float, address: str, method: str, path: str, *bodies: Any
    ) -> None:
        transport = httpx.AsyncHTTPTransport(local_address=address)
        async with httpx.AsyncClient(base_url=url, transport=transport, timeout=60) as client:
            number = 0
            while time.monotonic() < end:
                body = bodies[number % len(bodies)] if bodies else None
                await watches[name].ask(client, method, path, body)
                number += 1
                await asyncio.sleep(pause)

    graphql = "POST", "/graphql"
    await asyncio.gather(
        again("honest", 0.02, "127.0.0.1", *graphql, {"query": HONEST}),
        again("live", 0.05, "127.0.0.1", "GET", "/healthz/live"),
        again("ready", 0.05, "127.0.0.1", "GET", "/healthz/ready"),
        *(again("strangers", 0, f"127.0.0.{n + 2}", *graphql, *attacks) for n in range(strangers)),
    )
    return watches


@contextmanager
def serving(database: str, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """A server on the database of a folder or at a URL, which is not changed."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as data:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        where = {"DATABASE_URL": database} if "://" in database else {}
        settings = environment(
            PORT=str(port),
            ERIKTI_DATA=data if where else database,
            ERIKTI_RESPONSE_CACHE="off",
            **where,
        )
        free.close()
        command = [sys.executable, "-m", "cli", "serve", "--workers", str(workers)]
        server = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: httpx.get(f"{url}/healthz/ready").status_code == 200)
            yield url, psutil.Process(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def main() -> int:
    """Print what was measured; the exit status."""
    parser = argparse.ArgumentParser(prog="strangers", description="Attack within the budgets.")
    parser.add_argument("database", help="a folder with a database, or the URL of one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--strangers", type=int, default=40)
    parser.add_argument("--attack", type=int, choices=range(len(ATTACKS)), help="one of them alone")
    options = parser.parse_args()
    attacks = ATTACKS if options.attack is None else (ATTACKS[options.attack],)
    with serving(options.database, options.workers) as (url, server):
        before = {child.pid for child in server.children()}
        alone = asyncio.run(measure(url, options.seconds, 0))
        among = asyncio.run(measure(url, options.seconds, options.strangers, attacks))
        replaced = len(before - {child.pid for child in server.children()})
    slower = among["honest"].p99 / alone["honest"].p99
    for name, watch in among.items():
        figures = f"p99 {watch.p99 * 1000:.0f} ms, slowest {watch.slowest * 1000:.0f} ms"
        print(f"{name}: {figures}, {json.dumps(watch.ends)}")
    print(f"honest p99 without them {alone['honest'].p99 * 1000:.0f} ms: {slower:.1f} times")
    print(f"{replaced} processes replaced")
    lost = any(not end.isdigit() for watch in among.values() for end in watch.ends)
    waited = max(among["live"].slowest, among["ready"].slowest) > MOST_WAITING
    return int(bool(replaced) or lost or waited or slower > MOST_SLOWER)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    sys.exit(main())
