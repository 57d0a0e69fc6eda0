"""Timing oracle: tests whether response times reveal that a number is registered.

``python -m benchmarks.oracle`` calls ``personByIin`` with registered and unregistered numbers, and
``person(id:)`` with existing and missing IDs, as a person who sees none of them. The guess is
that the slower half is registered; a random guess is right for about half. ``--postgres`` uses
PostgreSQL instead of SQLite.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from uuid import UUID

from strawberry.relay import to_base64

from benchmarks.database import command, embedded
from benchmarks.product import JSON, PATIENCE, serving
from erikti.auth.demo import DemoKeys
from erikti.database.connection import Database, fetch
from erikti.demo.nation import PUBLISHED_ON
from erikti.settings import AUDIENCE
from resolvers.global_ids import key_text

EACH = 40  # values of either kind
SAMPLES = 50
COIN = range(32, 49)
SCALE = "0.2"  # of the published figures
# Cached responses take the same time in any case.
UNLIMITED = {"ERIKTI_RESPONSE_CACHE": "off", "ERIKTI_LIMIT_IIN_MISSES": "1000000000"}
BY_IIN = "query ($v: String!) { personByIin(iin: $v) { id } }"
BY_ID = "query ($v: ID!) { person(by: {id: $v}) { id } }"
REGISTRAR = "{ people(first: 100) { nodes { id iin } } }"
Ask = Callable[[str, str, str], tuple[float, dict[str, object]]]


def guesses(ask: Ask, query: str, token: str, real: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of values that response times classify correctly."""
    values = [*real, *other]
    times: dict[str, list[float]] = {value: [] for value in values}
    for _ in range(SAMPLES):
        random.shuffle(values)
        for value in values:
            passed, data = ask(query, token, value)
            if set(data.values()) != {None}:
                raise RuntimeError(f"a record is seen: {data}")
            times[value].append(passed)
    typical = {value: statistics.median(found) for value, found in times.items()}
    for name, kind in (("there", real), ("not there", other)):
        found = [typical[value] * 1e6 for value in kind]
        print(f"  {name:10} median of medians {statistics.median(found):7.1f} µs")
    slower = sorted(values, key=lambda value: -typical[value])[: len(real)]
    right = len(set(slower) & set(real))
    return right + len(other) - (len(slower) - right)


def asking(port: int) -> Ask:
    """Yield a function that sends a query on one connection and returns seconds and data."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(query: str, token: str, value: str) -> tuple[float, dict[str, object]]:
        body = json.dumps({"query": query, "variables": {"v": value} if value else {}}).encode()
        headers = JSON | {"Authorization": f"Bearer {token}", "X-Purpose": "REG-2026-1"}
        begun = time.perf_counter()
        connection.request("POST", "/graphql", body, headers)
        answer = json.loads(connection.getresponse().read())
        passed = time.perf_counter() - begun
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return passed, answer["data"]

    return ask


async def unseen(url: str) -> set[str]:
    """Return the IDs of people who are not public: those without nominations."""
    sql = "SELECT id FROM people WHERE id NOT IN (SELECT nominee_person_id FROM nominations"
    async with Database(url):
        rows = await fetch(f"{sql} WHERE nominee_person_id IS NOT NULL)")
    return {to_base64("Person", key_text(row[0])) for row in rows}


@contextmanager
def filled(data: Path, postgres: bool) -> Iterator[str]:
    """Yield the URL of a new database with the generated country."""
    if postgres:
        with embedded(float(SCALE), data) as url:
            yield url
        return
    url = f"sqlite://{data}/erikti.db"
    command(["demo", "--scale", SCALE, "--today", str(PUBLISHED_ON)], url, data)
    yield url


def guessed(data: Path, url: str) -> list[int]:
    """Return the numbers of correctly guessed numbers and IDs."""
    found = []
    stranger = str(UUID(bytes=secrets.token_bytes(16), version=4))
    with serving({"ERIKTI_DATA": str(data), "DATABASE_URL": url} | UNLIMITED) as product:
        keys, ask = DemoKeys(data), asking(product.port)
        registrar = keys.token("ministry", AUDIENCE, {})
        nodes = ask(REGISTRAR, registrar, "")[1]["people"]["nodes"]  # type: ignore[index]
        hidden = asyncio.run(unseen(url))
        known = [n for n in nodes if n["iin"] and n["id"] in hidden][:EACH]
        me = keys.token("person", AUDIENCE, {"person": stranger})
        iins = [f"{random.randrange(10**12):012}" for _ in range(EACH)]
        ids = [to_base64("Person", str(UUID(bytes=os.urandom(16)))) for _ in range(EACH)]
        for name, query, real, other in (
            ("numbers", BY_IIN, [node["iin"] for node in known], iins),
            ("ids", BY_ID, [node["id"] for node in known], ids),
        ):
            print(name)
            right = guesses(ask, query, me, real, other)
            if right not in COIN:  # a random guess is this good once in twenty times
                right = guesses(ask, query, me, real, other)
            print(f"  {right} of {2 * EACH} guessed right; a coin: 32 to 48")
            found.append(right)
    return found


def main() -> None:
    """Run the test; return 1 if guesses are better than random."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.oracle")
    parser.add_argument("--postgres", action="store_true", help="use PostgreSQL instead of SQLite")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        filled(Path(folder), chosen.postgres) as url,
    ):
        found = guessed(Path(folder), url)
    sys.exit(any(right not in COIN for right in found))


if __name__ == "__main__":
    main()
