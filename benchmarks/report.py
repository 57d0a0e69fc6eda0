"""Writer of measurements as Markdown between two marks in the documentation."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS, OURS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/benchmarks.md"
RESULT = PAGE.with_suffix(".json")
PLOT = PAGE.with_suffix(".svg")
BEGIN = "<!-- benchmarks: written by python -m benchmarks -->"
END = "<!-- benchmarks: end -->"
WHAT = {contestant.name: contestant.what for contestant in CONTESTANTS}


def markdown(result: Mapping[str, Any]) -> str:
    """Return all tables of a result that is stored as JSON."""
    parts = [_machine(result["machine"])]
    if "speed" in result:
        parts += [
            "Requests per second (times those of Erikti without its response cache):",
            _table(result["speed"], OURS.name, _rate),
            "Latency in milliseconds, median / 99th percentile:",
            _table(result["speed"], OURS.name, _latency),
            "CPU milliseconds of the server process per response (times Erikti's):",
            _table(result["speed"], OURS.name, _work),
            "![Requests per second of each contestant](benchmarks.svg)",
        ]
    if "memory" in result:
        parts += ["Resident memory, MiB:", _memory(result["memory"])]
    if "growth" in result:
        first = next(iter(next(iter(result["growth"].values()))))
        parts += [
            f"Requests per second by number of volunteers (times those at {first}):",
            _table(result["growth"], first, _rate),
        ]
    return "\n\n".join(parts)


def page(text: str) -> str:
    """Return the page with this text between the marks; raise ValueError if it has none."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _machine(machine: Mapping[str, str]) -> str:
    versions = [f"{name} {value}" for name, value in list(machine.items())[3:]]
    place = f"{machine['processor']}, {machine['cores']} cores"
    return f"Measured on {machine['date']}: {place}; {', '.join(versions)}."


def _table(
    result: Mapping[str, Any], base: str, cell: Callable[[Mapping[str, Any], str, str], str]
) -> str:
    labels = list(next(iter(result.values())))
    rows = [
        [_label(label), *(cell(loads, label, base) for loads in result.values())]
        for label in labels
    ]
    return _rows(["", *result], rows)


def _label(name: str) -> str:
    return f"`{name}` {WHAT[name]}" if name in WHAT else name


def _rate(loads: Mapping[str, Any], label: str, base: str) -> str:
    if label not in loads:
        return "cannot"
    rate = loads[label]["rate"]
    text = f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
    return text if base not in loads else f"{text} ({rate / loads[base]['rate']:.2f})"


def _latency(loads: Mapping[str, Any], label: str, _: str) -> str:
    return f"{loads[label]['p50']:.1f} / {loads[label]['p99']:.1f}" if label in loads else "cannot"


def _work(loads: Mapping[str, Any], label: str, base: str) -> str:
    if label not in loads:
        return "cannot"
    cpu = loads[label]["cpu"]
    return f"{cpu:.2f} ({cpu / loads[base]['cpu']:.2f})"


def _memory(memory: Mapping[str, Any]) -> str:
    rows = [
        [_label(label), f"{one['idle']:.0f}", f"{one['peak']:.0f}"] for label, one in memory.items()
    ]
    return _rows(["", "idle", "peak, while serving `big`"], rows)


def _rows(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
