"""Load from wrk: requests per second and latencies of one contestant under one operation."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.equality import requests
from benchmarks.operations import Operation
from benchmarks.rest import settle, worked, worked_for
from benchmarks.servers import Server

CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("post.lua")
TIMEOUT = 60  # seconds for one response
ENOUGH = 3 * CONNECTIONS  # minimum number of responses for a meaningful rate
LONGEST = 30  # seconds for a slow contestant


@dataclass(frozen=True)
class Load:
    """The result of one period of load: responses per second, and milliseconds per response.

    ``p50`` and ``p99`` are latencies; ``cpu`` is the processor time of the contestant's processes
    and ``database`` that of all processes of its database server, which other work on the machine
    affects least.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    database: float


def load(server: Server, operation: Operation, seconds: int) -> Load:
    """Load a contestant for ``seconds``, or longer if it is slow, then let it become idle.

    Raises RuntimeError if a request failed.
    """
    bodies = server.folder / f"{server.contestant.name}-{operation.name}.txt"
    bodies.write_text("".join(f"{json.dumps(body)}\n" for body in requests(server, operation)))
    while True:
        before, before_for = worked(server), worked_for(server)
        summary = _spell(server, operation, bodies, seconds)
        settle(server)
        if summary["requests"] >= ENOUGH or seconds >= LONGEST:
            break
        seconds = min(LONGEST, 2 * seconds * ENOUGH // max(1, summary["requests"]))
    if summary["failed"] or not summary["requests"]:
        raise RuntimeError(f"{server.contestant.name}, {operation.name}: {summary}")
    answered = summary["requests"] + CONNECTIONS  # the last one of each connection is not counted
    return Load(
        rate=summary["requests"] / summary["seconds"],
        p50=summary["p50"],
        p99=summary["p99"],
        cpu=(worked(server) - before) / answered * 1000,
        database=(worked_for(server) - before_for) / answered * 1000,
    )


def _spell(server: Server, operation: Operation, bodies: Path, seconds: int) -> dict[str, Any]:
    command = [_wrk(), "--threads", "1", "--connections", str(CONNECTIONS)]
    command += ["--duration", f"{seconds}s", "--timeout", f"{TIMEOUT}s"]
    for name, value in server.headers.items():
        command += ["--header", f"{name}: {value}"]
    command += ["--script", str(SCRIPT), server.url(operation), "--", str(bodies)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    summary: dict[str, Any] = json.loads(output.rpartition("SUMMARY ")[2])
    return summary


def _wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise FileNotFoundError("the load comes from wrk (Debian: apt install wrk)")
    return found
