"""Targets of speed, and what the stored measurements reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.contestants import BEFORE, CACHED, OURS, RIVALS
from benchmarks.figures import BOTH, RATE, SERVER, Figure, rows

EARLIER = (BEFORE.name,)
SMALL = ("record", "page20", "page100", "sync500")
NUMBERS = ("tile", "dashboard")
SIZES = ("direct, 1", "direct, 10", "direct, 50")
UNKNOWN = "not measured yet"


@dataclass(frozen=True)
class Target:
    """Bounds for a figure of each operation in a table, as times that of the best of some labels.

    Rates have to be at least the bounds, processor times at most.
    """

    what: str
    table: str
    operations: Sequence[str]
    figure: Figure
    peers: Sequence[str]
    bounds: Sequence[float]
    label: str = OURS.name

    def row(self, results: Mapping[str, Any]) -> list[str]:
        """Return the line of the table of targets: what, the bounds and what is reached."""
        side = "at least" if self.figure is RATE else "at most"
        loads = results.get(self.table, {}).get("loads", {})
        reached = [self._reached(loads.get(operation, {})) for operation in self.operations]
        known = UNKNOWN if UNKNOWN in reached else f"{', '.join(reached)} times"
        return [self.what, f"{side} {', '.join(f'{one:g}' for one in self.bounds)} times", known]

    def _reached(self, loads: Mapping[str, Any]) -> str:
        try:
            best = self.figure.best([self.figure.read(loads[peer]) for peer in self.peers])
            return f"{self.figure.read(loads[self.label]) / best:.2f}"
        except KeyError:
            return UNKNOWN


TARGETS = (
    Target(
        "record, pages of 20, 100 and 500: requests per second of the fastest peer",
        *("speed", SMALL, RATE, RIVALS, (3, 3, 2.5, 3)),
    ),
    Target(
        "the same with the headers of browsers and gateways: CPU time of server and database of "
        "the peer that needs least",
        *("sent", SMALL, BOTH, RIVALS, (0.45, 0.5, 0.5, 0.5)),
    ),
    Target(
        "cached record and page of 20: requests per second of bare uvicorn",
        *("cached", SMALL[:2], RATE, ["bare"], (0.4, 0.4)),
        label=CACHED.name,
    ),
    Target(
        "`_entities` of 1, 10 and 50: requests per second of the earlier version",
        *("entities", SIZES, RATE, EARLIER, (3, 3, 3)),
    ),
    Target(
        "tile and dashboard: requests per second of the earlier version",
        *("speed", NUMBERS, RATE, EARLIER, (1, 1)),
    ),
    Target(
        "all of these with 3 million volunteers: requests per second of those with 30 thousand",
        *("growth", (*SMALL, *NUMBERS), RATE, ["30,961"], (0.77, 0.77, 0.77, 0.77, 0.67, 0.67)),
        label="3,096,120",
    ),
    Target(
        "SQLite, record, pages of 20 and 100: CPU time of the earlier version",
        *("sqlite", [f"{name}, SQLite" for name in SMALL[:3]], SERVER, EARLIER, (0.35, 0.4, 0.5)),
    ),
    Target(
        "`{ __typename }` over HTTP and in process: CPU time of the earlier version",
        *("typename", ["HTTP, sent", "in process, sent"], SERVER, EARLIER, (0.5, 0.5)),
    ),
)


def markdown(results: Mapping[str, Any]) -> str:
    """Return the table of all targets."""
    cells = [target.row(results) for target in TARGETS]
    return rows(["in times of", "target", "reached"], cells).replace("---:", "---")
