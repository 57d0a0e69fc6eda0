"""A dashboard of 14 tiles, opened by 200 users of one client: ``python -m benchmarks.dashboard``.

Each user acts for a front office in one of the 20 regions, with their own token of the same
client. Caches are off, so every tile is computed. Requests stay within the default quotas; exits
with 1 if a request is rejected or fails.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from joserfc import jwt

from benchmarks.product import PATIENCE, percentile, serving
from erikti.auth.demo import DemoKeys
from erikti.auth.tokens import REGISTRY
from erikti.guard.limits import Limits
from erikti.settings import AUDIENCE

USERS = 200
AT_ONCE = 20
CLIENT = "dashboard"
REGIONS = (
    *("KZ-10", "KZ-11", "KZ-15", "KZ-19", "KZ-23", "KZ-27", "KZ-31", "KZ-33", "KZ-35", "KZ-39"),
    *("KZ-43", "KZ-47", "KZ-55", "KZ-59", "KZ-61", "KZ-62", "KZ-63", "KZ-71", "KZ-75", "KZ-79"),
)
OF_2025 = '{ registeredOn: { range: { min: "2025-01-01", max: "2025-12-31" } } }'
YEAR = f"{{ volunteers(filter: {OF_2025})"
LARGEST = "first: 20, orderBy: { field: HOURS_TOTAL, direction: DESC }"
TILES = (
    "{ volunteers { totalCount } }",
    "{ volunteers { groups(by: [STATUS]) { nodes { status count hoursTotal { sum avg } } } } }",
    "{ volunteers { groups(by: [FIELD_OF_WORK]) { nodes { fieldOfWork count } } } }",
    "{ volunteers { groups(by: [FRONT_OFFICE, SILVER]) { nodes { silver count } } } }",
    f"{YEAR} {{ groups(by: [REGISTERED_MONTH]) {{ nodes {{ registeredMonth count }} }} }} }}",
    f"{YEAR} {{ groups(by: [REGISTERED_WEEK]) {{ nodes {{ registeredWeek count }} }} }} }}",
    f"{{ volunteers({LARGEST}) {{ nodes {{ id hoursTotal }} }} }}",
    "{ volunteers(filter: { silver: { eq: true } }) { totalCount } }",
    "{ organisations { groups(by: [KIND]) { nodes { kind count } } } }",
    "{ projects { groups(by: [STATUS]) { nodes { status count } } } }",
    "{ goodDeeds { groups(by: [HAPPENED_MONTH]) { nodes { count participantCount { sum } } } } }",
    "{ enquiries { groups(by: [TOPIC, CHANNEL]) { nodes { topic channel count } } } }",
    "{ enquiries { groups(by: [OPENED_MONTH], first: 36) { nodes { openedMonth count } } } }",
    "{ statistics(year: 2025) { figures { code counted } } }",
)


def tokens(data: Path) -> Iterator[str]:
    """Return a token for each user of one client."""
    keys = DemoKeys(data)
    for number in range(USERS):
        region = REGIONS[number % len(REGIONS)]
        decoded = jwt.decode(
            keys.token("region", AUDIENCE, {"region": region}), keys.key, registry=REGISTRY
        )
        claims = decoded.claims | {"client_id": CLIENT, "sub": f"user-{number}"}
        yield jwt.encode(decoded.header, claims, keys.key, registry=REGISTRY)


class Board:
    """The results of all tiles."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.points: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def open(self, client: httpx.AsyncClient, token: str) -> None:
        """Request all tiles of one user sequentially."""
        for tile in TILES:
            begun = time.perf_counter()
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.post("/graphql", json={"query": tile}, headers=headers)
            self.seconds.append(time.perf_counter() - begun)
            body: dict[str, Any] = answer.json()
            codes = {error["extensions"]["code"] for error in body.get("errors", ())}
            self.ends[" ".join([str(answer.status_code), *sorted(codes)])] += 1
            if not codes:
                cost = body["extensions"]["cost"]
                self.points[token] += cost["actual"]
                self.most[tile] = max(self.most[tile], cost["requested"])

    async def open_all(self, port: int, data: Path) -> None:
        """Request the tiles of all users, some users concurrently."""
        turns = asyncio.Semaphore(AT_ONCE)
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:

            async def one(token: str) -> None:
                async with turns:
                    await self.open(client, token)

            await asyncio.gather(*map(one, tokens(data)))


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(prog="dashboard", description="Open many dashboards.")
    parser.add_argument("database", help="a folder with a database, or the URL of one")
    parser.add_argument("--data", type=Path, help="the folder of its keys, if it is a URL")
    options = parser.parse_args()
    is_url = "://" in options.database
    data = (options.data if is_url else Path(options.database)).resolve()
    url = options.database if is_url else f"sqlite://{data}/erikti.db"
    limits, board = Limits(), Board()
    settings = {
        "ERIKTI_DATA": str(data),
        "DATABASE_URL": url,
        "ERIKTI_RESPONSE_CACHE": "off",
        "ERIKTI_LIMIT_BUDGET": str(limits.budget),
        "ERIKTI_LIMIT_PUBLIC_BUDGET": str(limits.public_budget),
    }
    with serving(settings) as product:
        begun = time.perf_counter()
        asyncio.run(board.open_all(product.port, data))
        took = time.perf_counter() - begun
    print(f"{USERS} users, {len(TILES)} tiles each, in {took:.1f} s: {dict(board.ends)}")
    p99 = percentile(board.seconds, 0.99) * 1000
    print(f"a tile: median {median(board.seconds) * 1000:.1f} ms, 99 of 100 within {p99:.1f} ms")
    print(f"a user: {max(board.points.values())} of {limits.budget} points at most")
    print(f"the client: {board.points.total()} of {limits.client_budget} points")
    for tile, points in board.most.items():
        print(f"{points:6} {tile}")
    sys.exit(set(board.ends) != {"200"})


if __name__ == "__main__":
    main()
