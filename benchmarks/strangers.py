"""Attacks within the quotas: ``python -m benchmarks.strangers DATABASE``.

Forty anonymous clients with their own addresses (from 127.0.0.2) repeat the most expensive
operations: one filter in many places of a document, texts without an index, and many records.
With ``--clients 10``, ten clients with tokens do so up to the cost limit. Meanwhile an honest
client requests a page of 20, another requests personal data, and probes check liveness and
readiness. Exits with 1 if a process was replaced, a connection reset, an honest response had
errors, a probe took more than 200 ms, or the 99th percentile of honest responses exceeds three
times that without attackers.

``DATABASE`` is a folder with a SQLite database, or a URL; without it a PostgreSQL server is started
and filled with the generated country.
"""

import argparse
import asyncio
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import psutil
from joserfc import jwt

from benchmarks.attacks import ATTACKS, DEAREST, Asking, Watch, ask_all
from benchmarks.database import embedded
from erikti.auth.demo import DemoKeys
from erikti.auth.tokens import REGISTRY
from erikti.settings import AUDIENCE
from tests.support.processes import environment
from tests.support.waiting import eventually

MOST_WAITING = 0.2  # s for a probe
MOST_SLOWER = 3.0
WARMING = 3.0  # s of attack before the measurement
HONEST = """{ organisations(first: 20) { totalCount nodes {
  nameKk: name(language: KK) kind region { code name } } } }"""
PERSONAL = "{ people(first: 5) { nodes { displayName email } } }"
REGISTRATION = {"X-Purpose": "REGISTRATION"}
LIFETIME = 3_000  # s for which a token is valid, longer than a run
GRAPHQL = "/graphql"
Watches = dict[str, Watch]


def honest(data: Path, pause: float = 0.02) -> list[Asking]:
    """Return an honest client, one that reads personal data, and the probes."""
    allowed = {"Authorization": f"Bearer {token(data, 'ministry', 'honest')}", **REGISTRATION}
    return [
        Asking("honest", "127.0.0.1", GRAPHQL, ({"query": HONEST},), pause),
        Asking("personal", "127.0.0.1", GRAPHQL, ({"query": PERSONAL},), 0.2, allowed),
        Asking("live", "127.0.0.1", "/healthz/live", pause=0.05),
        Asking("ready", "127.0.0.1", "/healthz/ready", pause=0.05),
    ]


def strangers(count: int, attack: int | None) -> list[Asking]:
    """Return ``count`` anonymous clients, each with its own address."""
    bodies = ATTACKS if attack is None else (ATTACKS[attack],)
    return [
        Asking("strangers", f"127.0.0.{n + 2}", GRAPHQL, bodies[n % len(bodies) :] + bodies)
        for n in range(count)
    ]


def clients(count: int, attack: int | None, data: Path) -> list[Asking]:
    """Return ``count`` clients with tokens that allow personal data."""
    bodies = DEAREST if attack is None else (DEAREST[attack],)
    return [
        Asking(
            "clients",
            "127.0.0.1",
            GRAPHQL,
            bodies[n % len(bodies) :] + bodies,
            headers={
                "Authorization": f"Bearer {token(data, 'ministry', f'client {n}')}",
                **REGISTRATION,
            },
        )
        for n in range(count)
    ]


def token(data: Path, role: str, client: str) -> str:
    """Return a token of a role for a client."""
    keys = DemoKeys(data)
    found = jwt.decode(keys.token(role, AUDIENCE, {}, LIFETIME), keys.key, registry=REGISTRY)
    claims = {**found.claims, "client_id": client, "sub": client}
    return jwt.encode(found.header, claims, keys.key, registry=REGISTRY)


def measure(url: str, seconds: float, asking: list[Asking]) -> Watches:
    """Run the clients, each group in its own process, and return their results."""
    return asyncio.run(ask_all(url, seconds, asking))


def among(url: str, seconds: float, honest: list[Asking], attackers: list[Asking]) -> Watches:
    """Return the honest clients' results during an attack from another process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        attacking = pool.apply_async(measure, (url, seconds + 2 * WARMING, attackers))
        attacking.wait(WARMING)
        found = measure(url, seconds, honest)
        return found | attacking.get()


@contextmanager
def serving(database: str, workers: int, data: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Yield a server on the database of a folder or at a URL, which stays unchanged."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = {"DATABASE_URL": database} if "://" in database else {}
    settings = environment(
        PORT=str(port), ERIKTI_DATA=str(data), ERIKTI_RESPONSE_CACHE="off", **where
    )
    command = [sys.executable, "-m", "erikti", "serve", "--workers", str(workers)]
    server = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: httpx.get(f"{url}/healthz/ready").status_code == 200)
        yield url, psutil.Process(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def run(database: str, data: Path, options: argparse.Namespace) -> bool:
    """Print the measurements; return whether they are within the bounds."""
    slower, good = [], True
    with serving(database, options.workers, data) as (url, server):
        if options.clients:
            attackers = clients(options.clients, options.attack, data)
        else:
            attackers = strangers(options.strangers, options.attack)
        before = {child.pid for child in server.children()}
        for _ in range(options.rounds):
            alone = measure(url, options.seconds, honest(data))
            found = among(url, options.seconds, honest(data), attackers)
            slower.append(found["honest"].p99 / alone["honest"].p99)
            print(f"honest alone: {alone['honest']}")
            for name, watch in found.items():
                print(f"{name}: {watch}", flush=True)
            probes = max(found["live"].slowest, found["ready"].slowest)
            lost = any(watch.lost for watch in found.values())
            failed = found["honest"].failed or found["personal"].failed
            good &= not lost and not failed and probes <= MOST_WAITING
        replaced = len(before - {child.pid for child in server.children()})
    print(f"honest p99 {median(slower):.1f} times that without them; {replaced} replaced")
    return good and not replaced and median(slower) <= MOST_SLOWER


def main() -> int:
    """Run the benchmark and return the exit status."""
    parser = argparse.ArgumentParser(prog="strangers", description="Attack within the quotas.")
    parser.add_argument("database", nargs="?", help="a folder with a database, or the URL of one")
    parser.add_argument("--keys", help="the folder with the keys of a database URL")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--strangers", type=int, default=40)
    parser.add_argument("--clients", type=int, default=0, help="number of clients with tokens")
    parser.add_argument("--attack", type=int, help="only this document, by number")
    options = parser.parse_args()
    if options.database and (options.keys or "://" not in options.database):
        return int(not run(options.database, Path(options.keys or options.database), options))
    with tempfile.TemporaryDirectory() as data, embedded(1, Path(data)) as url:
        return int(not run(url, Path(data), options))


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    sys.exit(main())
