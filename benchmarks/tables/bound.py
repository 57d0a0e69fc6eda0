"""Both sides of the bound up to which responses are written by the database."""

from dataclasses import replace
from typing import Any

from benchmarks import equality
from benchmarks.contestants import OURS, UNCACHED
from benchmarks.tables.run import Run, by_name

BOUND = "ERIKTI_LIMIT_WRITTEN_COST"
SIDES = {"executed": "1", "written": "1000000"}
OPERATIONS = ("page20", "page100", "sync500", "big")


def bound(run: Run) -> dict[str, Any]:
    """Return the loads of a server that writes nothing, and of one that writes all it can."""
    contestants = [
        replace(OURS, name=name, environment={**UNCACHED, BOUND: points})
        for name, points in SIDES.items()
    ]
    selected = [replace(one, timed=True) for one in run.wanted() if one.name in OPERATIONS]
    with run.started(contestants) as servers:
        equality.compare(servers[0], servers[1:], selected)
        return {"loads": run.timed(by_name(servers), lambda _: selected)}
