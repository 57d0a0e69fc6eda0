"""Time the server on the database of the environment: start-up, queries, memory.

One process on loopback, one client, rounds in turn over all queries, medians.
"""

import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx
import psutil

import console
from benchmarks.first_answer import wait

ROUNDS = 15
PAGE = """{ volunteers(first: %d) { nodes {
    person { displayName } region { name } organisation { name }
    participations(first: 3) { nodes { hours } } } } }"""
REGION = "UmVnaW9uOktaLTc1"
QUERIES = {
    "one record with a relation": f"""{{ node(id: "{REGION}") {{
        ... on Region {{ name frontOffice {{ name }} }} }} }}""",
    "page of 20 volunteers, four relations": PAGE % 20,
    "page of 100 volunteers, four relations": PAGE % 100,
    "count under a filter": "{ volunteers(filter: { status: { eq: ACTIVE } }) { totalCount } }",
    "groups by region and status": """{ volunteers { groups(by: [REGION, STATUS]) {
        region { name } status count hoursTotal { sum } } } }""",
    "headline figures of a year": "{ statistics(year: 2025) { figures { code counted } } }",
    "four domains in one query": console.examples()[0],
}


def main() -> None:
    """Start a server, ask it, print a table."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1"}
    server = subprocess.Popen([sys.executable, "-m", "cli", "serve"], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            started = wait(client, 60, server.pid)
            print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, ", end="")
            print(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}")
            print(f"start-up {started:.2f} s")
            for name, median in timed(client).items():
                print(f"{name:40} {median:8.1f} ms")
            memory = psutil.Process(server.pid).memory_info().rss / 2**20
            print(f"memory of the server {memory:.0f} MiB")
    finally:
        server.terminate()
        server.wait(30)


def timed(client: httpx.Client) -> dict[str, float]:
    """The median milliseconds of each query, after one round that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in QUERIES}
    for number in range(ROUNDS + 1):
        for name, query in QUERIES.items():
            begin = time.perf_counter()
            answer = client.post("/graphql", json={"query": query}).json()
            assert "errors" not in answer, answer["errors"]
            if number:
                times[name].append((time.perf_counter() - begin) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    main()
