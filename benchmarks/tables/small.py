"""Where the fixed part of a response is all of it: ``{ __typename }`` and cached responses."""

from contextlib import ExitStack
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks import equality
from benchmarks.contestants import CACHED, CONTESTANTS, OURS, Contestant
from benchmarks.in_process import InProcess, in_process
from benchmarks.operations import TYPENAME
from benchmarks.tables.run import Loads, Run, by_name
from benchmarks.ways import PLAIN, SENT, Way

COUNT = 2_000  # responses in process at a time
BARE = next(one for one in CONTESTANTS if one.name == "bare")


def typename(run: Run) -> dict[str, Any]:
    """Return the loads of both versions over HTTP, and their processor time in process."""
    found: Loads = {}
    for way in (PLAIN, SENT):
        contestants = [OURS, run.earlier(OURS)]
        with run.started(contestants, way) as servers:
            equality.compare(servers[0], servers[1:], [TYPENAME])
            loads = run.timed(by_name(servers), lambda _: [TYPENAME])
        found[f"HTTP, {way.name}"] = loads[TYPENAME.name]
        found[f"in process, {way.name}"] = _in_process(run, contestants, way)
    return {"loads": found}


def _in_process(run: Run, contestants: list[Contestant], way: Way) -> dict[str, Any]:
    """Return milliseconds of processor time, of batches that alternate."""
    times: dict[str, list[float]] = {one.name: [] for one in contestants}
    with ExitStack() as stack:
        processes: dict[str, InProcess] = {
            one.name: stack.enter_context(in_process(one, run.url, run.folder, way, run.python))
            for one in contestants
        }
        for number in range(run.rounds + 1):
            for name in list(processes)[:: 1 if number % 2 else -1]:
                spent = processes[name].spent(TYPENAME, COUNT)
                if number:
                    times[name].append(spent)
    return {name: {"cpu": median(spent)} for name, spent in times.items()}


def cached(run: Run) -> dict[str, Any]:
    """Return the loads of cached responses in both versions, and of bare uvicorn."""
    before = run.earlier(CACHED, "erikti-before")
    selected = [operation for operation in run.wanted() if operation.timed]
    selected = [replace(one, variables=one.variables[:1]) for one in selected]
    with run.started([CACHED, before, BARE], SENT) as servers:
        equality.keep(servers[0], selected)
        equality.compare(servers[0], servers[1:], selected)
        return {"loads": run.timed(by_name(servers), lambda _: selected)}
