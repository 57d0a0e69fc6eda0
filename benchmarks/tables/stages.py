"""Where the processor time of a response goes, in this version and the earlier one."""

from dataclasses import replace
from statistics import median
from typing import Any

import httpx

from benchmarks import equality
from benchmarks.contestants import OURS
from benchmarks.load import load
from benchmarks.operations import Operation
from benchmarks.revisions import ROOT
from benchmarks.rounds import WARM_UP
from benchmarks.servers import Server
from benchmarks.tables.run import Run
from benchmarks.ways import SENT

OPERATIONS = ("record", "page20", "page100")
SAMPLED = replace(OURS, command=("-P", str(ROOT / "benchmarks/sampled.py")))
TOTAL = "all of the server"
DATABASE = "PostgreSQL, in addition"
Spent = dict[str, float]  # milliseconds by stage


def stages(run: Run) -> dict[str, Any]:
    """Return milliseconds by stage, for requests with the headers of browsers and gateways."""
    selected = [one for one in run.wanted() if one.name in OPERATIONS]
    found: dict[str, Spent] = {}
    with run.started([SAMPLED, run.earlier(SAMPLED)], SENT) as servers:
        equality.compare(servers[0], servers[1:], selected)
        for operation in selected:
            spells: list[list[Spent]] = [[], []]
            for number in range(run.rounds + 1):
                for server, counted in zip(servers, spells, strict=True):
                    counted.append(_spell(server, operation, run.seconds if number else WARM_UP))
            found[operation.name], found[f"{operation.name}, before"] = map(_median, spells)
    rows = sorted(set().union(*found.values()), key=lambda stage: _place(stage, found))
    return {
        "loads": {
            label: {stage: {"cpu": spent.get(stage, 0.0)} for stage in rows}
            for label, spent in found.items()
        }
    }


def _spell(server: Server, operation: Operation, seconds: int) -> Spent:
    """Return milliseconds by stage under one period of load."""
    url = f"http://127.0.0.1:{server.port}/samples"
    httpx.get(url)
    one = load(server, operation, seconds)
    samples: dict[str, int] = httpx.get(url).json()
    taken = sum(samples.values())
    spent = {stage: one.cpu * count / taken for stage, count in samples.items()}
    return {**spent, TOTAL: one.cpu, DATABASE: one.database}


def _median(spells: list[Spent]) -> Spent:
    """Return the medians of all but the first, which was for warming up."""
    names = set().union(*spells)
    return {name: median(spell.get(name, 0.0) for spell in spells[1:]) for name in names}


def _place(stage: str, found: dict[str, Spent]) -> tuple[bool, float]:
    """Sort the sums last, and others by their size."""
    return stage in (TOTAL, DATABASE), -sum(spent.get(stage, 0.0) for spent in found.values())
