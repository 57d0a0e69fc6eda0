"""The cost of a point: ``python -m benchmarks.points DATABASE``, a folder or a database URL.

Sends generated operations to ``erikti serve`` with one worker and reads its processor time before
and after each; reports those with more than 2 ms and ten times the usual time per point. Then
sends them to a process that measures how long one request blocks the event loop. Also prints the
points of the examples now and at an earlier revision (``--before``). The exit status has no
meaning; judge the figures.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks.processor import process
from benchmarks.product import BUDGETS, JSON, PATIENCE, ROOT, serving
from erikti.auth.demo import DemoKeys
from erikti.settings import AUDIENCE
from tests.support.waiting import eventually

COUNT = 1_000
AGAIN = 3
FREE = 2.0  # ms that any operation may take
TIMES = 10  # the usual time of a point
ENOUGH = 10  # minimum points for a meaningful time per point
HELD = 25.0  # ms
SHOWN = 15
PLAIN = {
    "ERIKTI_RESPONSE_CACHE": "off",
    "ERIKTI_LIMIT_BUDGET_SECONDS": "86400",  # one window
    "ERIKTI_LIMIT_CLIENT_BUDGET": "1000000000",
    **BUDGETS,
}
Operation = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """One operation: its points, milliseconds, and the code of its first error."""

    operation: Operation
    points: int
    took: float
    code: str


def processor(pid: int) -> Callable[[], float]:
    """Return a function that reads the processor time of a process in milliseconds."""
    return lambda: process(pid) * 1000


class Budget:
    """The points that a caller was charged since the last call."""

    QUERY = "{ viewer { budget { remaining } } }"

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._own = 0
        self._last = self._remaining()
        self._own = self.charged()

    def charged(self) -> int:
        """Return the points, without those of this query."""
        last, self._last = self._last, self._remaining()
        return last - self._last - self._own

    def _remaining(self) -> int:
        answer = self._client.post("/graphql", json={"query": self.QUERY}).json()
        return int(answer["data"]["viewer"]["budget"]["remaining"])


def code(answer: Any) -> str:
    """Return the code of the first error."""
    return next((e["extensions"]["code"] for e in answer.get("errors", ())), "")


def send(client: httpx.Client, operation: Operation, number: int) -> Any:
    """Send an operation; each number makes its text distinct."""
    text, variables = operation
    body = {"query": text + " " * number, "variables": variables}
    return client.post("/graphql", json=body).json()


def measured(
    client: httpx.Client,
    operations: Sequence[Operation],
    read: Callable[[Any], float],
    *,
    new: bool = True,
) -> list[Outcome]:
    """Return the minimum of several attempts for each operation, timed with ``read``.

    ``new`` documents are not in the server's cache.
    """
    found = []
    budget = Budget(client)
    for operation in operations:
        took = []
        if not new:
            send(client, operation, 0)
        for number in range(1, AGAIN + 1):
            budget.charged()
            read(None)
            answer = send(client, operation, number if new else 0)
            took.append(read(answer))
        found.append(Outcome(operation, budget.charged(), min(took), code(answer)))
    return found


def since(clock: Callable[[], float]) -> Callable[[Any], float]:
    """Return a function that reads the time since its last call."""
    last = clock()

    def read(_: Any) -> float:
        nonlocal last
        before, last = last, clock()
        return last - before

    return read


def client_of(port: int, data: Path) -> httpx.Client:
    """Return a client with a registrar's token."""
    token = DemoKeys(data).token("ministry", AUDIENCE, {})
    headers = JSON | {"Authorization": f"Bearer {token}", "X-Purpose": "REGISTRATION"}
    url = f"http://127.0.0.1:{port}"
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE)


@contextmanager
def watched(settings: dict[str, str]) -> Iterator[int]:
    """Yield the port of a process whose event loop is measured."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "benchmarks.watched", str(listener.fileno())]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ERIKTI_")}
        process = subprocess.Popen(
            command, cwd=ROOT, env=kept | settings, pass_fds=[listener.fileno()]
        )
        try:
            port: int = listener.getsockname()[1]
            ready = f"http://127.0.0.1:{port}/healthz/ready"
            eventually(lambda: httpx.get(ready).status_code == 200)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def report(outcomes: Sequence[Outcome]) -> None:
    """Print the time per point and the operations that take too long."""
    priced = [o.took / o.points for o in outcomes if o.points >= ENOUGH]
    slope = median(priced)
    codes = {c: sum(o.code == c for o in outcomes) for c in sorted({o.code for o in outcomes})}
    print(f"{len(outcomes)} operations, {slope * 1000:.1f} µs a point (median), codes {codes}")

    def over(outcome: Outcome) -> float:
        return outcome.took / (FREE + TIMES * slope * outcome.points)

    expensive = sorted((o for o in outcomes if over(o) > 1), key=over, reverse=True)
    print(f"{len(expensive)} take more than {FREE:g} ms + {TIMES} x {slope * 1000:.1f} µs x points")
    for outcome in expensive[:SHOWN]:
        text = " ".join(outcome.operation[0].split())
        head = f"{over(outcome):5.1f} times: {outcome.took:.1f} ms, {outcome.points} points"
        print(f"{head} {outcome.code} {text} {json.dumps(outcome.operation[1])}")


def held(outcomes: Sequence[Outcome]) -> None:
    """Print how long one request blocked the event loop."""
    took = [outcome.took for outcome in outcomes]
    most = max(outcomes, key=lambda outcome: outcome.took)
    p99 = quantiles(took, n=100)[98]
    long = sum(one > HELD for one in took)
    print(f"at a stretch: median {median(took):.2f} ms, p99 {p99:.2f} ms, most {most.took:.2f} ms")
    print(f"{long} hold the loop for more than {HELD:g} ms; the longest, {most.points} points:")
    print(" ".join(most.operation[0].split()), json.dumps(most.operation[1]))


def examples(root: Path) -> dict[str, int]:
    """Return the points of the console's examples and the README's query in a version."""
    program = r"""
import json, pathlib, re, sys
from schema import schema
from tests.support.queries import engine
root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text()
examples = (root / "erikti/web/console/examples").glob("*.graphql")
texts = {path.stem: path.read_text() for path in sorted(examples)}
for n, text in enumerate(re.findall("```graphql\n(.*?)```", readme, re.S)):
    texts[f"README {n + 1}"] = text
print(json.dumps({n: engine().documents.find(t).requested(None, {}) for n, t in texts.items()}))
"""
    command = [sys.executable, "-c", program, str(root)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(
        command, cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    return {name: cost[0] if isinstance(cost, list) else cost for name, cost in found.items()}


def compare(revision: str) -> None:
    """Print the points of the examples now and at a revision."""
    with tempfile.TemporaryDirectory() as folder:
        archive = ["git", "archive", revision]
        packed = subprocess.run(archive, cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        before, now = examples(Path(folder)), examples(ROOT)
    print(f"{'example':28} {'before':>7} {'now':>7}")
    for name, cost in now.items():
        was = before.get(name)
        ratio = f"{cost / was:5.2f}" if was else "  new"
        print(f"{name:28} {was if was is not None else '-':>7} {cost:>7} {ratio}")


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(prog="points", description="Measure the time per point.")
    parser.add_argument("database", help="a folder with a database, or the URL of one")
    parser.add_argument("--data", type=Path, help="the folder of its keys, if it is a URL")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--before", help="a revision to compare the points of examples with")
    options = parser.parse_args()
    if options.before:
        compare(options.before)
    is_url = "://" in options.database
    data = (options.data if is_url else Path(options.database)).resolve()
    url = options.database if is_url else f"sqlite://{data}/erikti.db"
    generate = [sys.executable, "-m", "tests.schema.generated", url, str(options.count)]
    lines = subprocess.run(generate, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    operations: list[Operation] = [tuple(json.loads(line)) for line in lines.splitlines()]
    settings = PLAIN | {"ERIKTI_DATA": str(data), "DATABASE_URL": url}
    with serving(settings) as product, client_of(product.port, data) as client:
        clock = since(processor(product.worker().pid))
        for new, text in ((True, "documents that are new"), (False, "documents at hand")):
            print(text)
            report(measured(client, operations, clock, new=new))
    with watched(settings) as port, client_of(port, data) as client:
        held(measured(client, operations, lambda _: float(client.get("/longest").json())))


if __name__ == "__main__":
    main()
