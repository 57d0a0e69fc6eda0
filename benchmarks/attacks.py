"""The most expensive operations within the limits, and clients that repeat them."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import httpx

TIMEOUT = 60  # s
PLACES = " ".join(f"a{n}: organisations(filter: $f) {{ totalCount }}" for n in range(15))
SHARED = f"query ($f: OrganisationFilter) {{ {PLACES} }}"
DATES = [
    {"registeredOn": {"range": {"min": f"20{10 + n % 15}-01-{1 + n % 28:02d}"}}} for n in range(160)
]
NAMES = [{"displayName": {"contains": f"{chr(1072 + n % 32)}{n}"}} for n in range(150)]
SEARCH = {
    "query": "query ($f: PersonFilter) { people(filter: $f) { totalCount } }",
    "variables": {"f": {"or": NAMES}},
}
LAUREATES = {"query": "{ laureates(first: 100) { nodes { nominee { __typename } votes } } }"}
# The operation with the highest cost per point, found by `benchmarks.worst`.
FOUND = """{ statistics(year: 2025) { figure(code: "volunteers.active") { source counted } } }"""
NEW = "#NEW"  # replaced by a distinct comment each time, so that the document is not cached
FIELDS = " ".join(f"a{n}: projects(first: 1) {{ nodes {{ title }} }}" for n in range(20))
#: Attacks by callers without a token.
ATTACKS: tuple[dict[str, Any], ...] = (
    {"query": SHARED, "variables": {"f": {"or": DATES}}},
    SEARCH,
    LAUREATES,
    {"query": f"{{ {FIELDS} }} {NEW}"},
    {"query": FOUND},
)
VOLUNTEERS = """{ volunteers(first: 90) { nodes { region { name } status hoursTotal
  participations(first: 25) { nodes { hours project { title } } } } } }"""
PEOPLE = """{ people(first: 100, orderBy: { field: DISPLAY_NAME, direction: DESC }) {
  totalCount nodes { displayName givenName familyName email } } }"""
#: Attacks by callers with a token.
DEAREST: tuple[dict[str, Any], ...] = (SEARCH, {"query": VOLUNTEERS}, {"query": PEOPLE})


@dataclass(frozen=True)
class Asking:
    """The requests of one client: ``bodies`` in turn, ``pause`` seconds after each response."""

    name: str
    address: str
    path: str
    bodies: Sequence[dict[str, Any]] = ()
    pause: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


class Watch:
    """Response times, and outcomes of requests: their status and error code."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.ends: Counter[str] = Counter()
        self.lost = 0

    async def ask(self, client: httpx.AsyncClient, path: str, body: Any) -> None:
        """Send one request."""
        begin = time.perf_counter()
        try:
            answer = await (client.post(path, json=body) if body else client.get(path))
        except httpx.TransportError as error:
            self.ends[type(error).__name__] += 1
            self.lost += 1
            return
        self.seconds.append(time.perf_counter() - begin)
        self.ends[f"{answer.status_code}{_code(answer)}"] += 1

    @property
    def failed(self) -> int:
        """Return the number of failed requests."""
        return self.ends.total() - self.ends["200"]

    @property
    def slowest(self) -> float:
        """Return the maximum response time in seconds."""
        return max(self.seconds, default=0.0)

    @property
    def p99(self) -> float:
        """Return the 99th percentile of response times in seconds."""
        if len(self.seconds) < 2:
            return self.slowest
        return quantiles(self.seconds, n=100, method="inclusive")[98]

    def __str__(self) -> str:
        times = quantiles(self.seconds, n=2)[0] if len(self.seconds) > 1 else self.slowest
        middle, p99, slowest = (round(s * 1000) for s in (times, self.p99, self.slowest))
        ends = json.dumps(self.ends)
        return f"median {middle} ms, p99 {p99} ms, slowest {slowest} ms, {ends}"


def _code(answer: httpx.Response) -> str:
    """Return the code of the first error of a response, with a space before it."""
    errors = answer.json().get("errors") if '"errors"' in answer.text else None
    return f" {errors[0].get('extensions', {}).get('code')}" if errors else ""


def _new(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"query": body["query"].replace(NEW, f"# {time.monotonic_ns()}")}


async def ask_all(url: str, seconds: float, asking: Sequence[Asking]) -> dict[str, Watch]:
    """Run clients for ``seconds`` and return their results by name."""
    watches = {one.name: Watch() for one in asking}
    end = time.monotonic() + seconds

    async def again(one: Asking) -> None:
        transport = httpx.AsyncHTTPTransport(local_address=one.address)
        async with httpx.AsyncClient(
            base_url=url, transport=transport, timeout=TIMEOUT, headers=one.headers
        ) as client:
            number = 0
            while time.monotonic() < end:
                body = _new(one.bodies[number % len(one.bodies)]) if one.bodies else None
                await watches[one.name].ask(client, one.path, body)
                number += 1
                await asyncio.sleep(one.pause)

    await asyncio.gather(*map(again, asking))
    return watches
