"""What the cells of tables say: a figure of a period of load, and its ratio to others."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.contestants import CONTESTANTS

Loads = Mapping[str, Mapping[str, Any]]  # by label: the figures of one operation
WHAT = {contestant.name: contestant.what for contestant in CONTESTANTS}


@dataclass(frozen=True)
class Figure:
    """A number and its text; ``best`` selects the one that others are compared with."""

    read: Callable[[Mapping[str, Any]], float]
    text: Callable[[float], str]
    best: Callable[[Iterable[float]], float] = min


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


RATE = Figure(lambda load: float(load["rate"]), _rounded, best=max)
SERVER = Figure(lambda load: float(load["cpu"]), _milliseconds)
BOTH = Figure(lambda load: float(load["cpu"] + load["database"]), _milliseconds)
STAGE = Figure(lambda load: float(load["cpu"] * 1_000), lambda value: f"{value:.0f}")


def latency(load: Mapping[str, Any]) -> str:
    """Return the median and the 99th percentile."""
    return f"{load['p50']:.1f} / {load['p99']:.1f}"


def apart(load: Mapping[str, Any]) -> str:
    """Return the processor time of the server and of its database."""
    return f"{_milliseconds(load['cpu'])} + {_milliseconds(load['database'])}"


@dataclass(frozen=True)
class Table:
    """A table of loads: its title, the figure or the text of a cell, and whom it is compared with.

    ``peers`` are labels, of which the best counts; ``needs`` are keys without which the table is
    left out. ``first`` compares with the first label; ``only`` selects labels.
    """

    title: str
    cell: Figure | Callable[[Mapping[str, Any]], str]
    peers: Collection[str] = ()
    needs: Collection[str] = ()
    missing: str = "cannot"
    first: bool = False
    only: Collection[str] = ()

    def markdown(self, loads: Mapping[str, Loads]) -> str:
        """Return the title and the table; empty if a figure is missing."""
        if not all(
            key in one for of in loads.values() for one in of.values() for key in self.needs
        ):
            return ""
        found = dict.fromkeys(label for of in loads.values() for label in of)
        labels = [label for label in found if not self.only or label in self.only]
        if not labels or not set(self.only) <= found.keys():
            return ""
        cells = [
            [_label(label), *(self._cell(of, label) for of in loads.values())] for label in labels
        ]
        return f"{self.title}:\n\n{rows(['', *loads], cells)}"

    def _cell(self, loads: Loads, label: str) -> str:
        if label not in loads:
            return self.missing
        if not isinstance(self.cell, Figure):
            return self.cell(loads[label])
        value = self.cell.read(loads[label])
        peers = [next(iter(loads))] if self.first else self.peers
        values = [self.cell.read(loads[peer]) for peer in peers if peer in loads]
        text = self.cell.text(value)
        return f"{text} ({value / self.cell.best(values):.2f})" if values else text


def rows(head: list[str], cells: list[list[str]]) -> str:
    """Return a table in Markdown, with numbers at the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _label(name: str) -> str:
    return f"`{name}` {WHAT[name]}" if name in WHAT else name
