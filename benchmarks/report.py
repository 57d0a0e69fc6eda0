"""Writer of measurements as Markdown between marks in the documentation."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import targets
from benchmarks.contestants import BEFORE, OURS, RIVALS
from benchmarks.figures import BOTH, RATE, SERVER, STAGE, Table, apart, latency, rows
from benchmarks.tables.bound import SIDES
from benchmarks.tables.small import BARE

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/benchmarks.md"
RESULT = PAGE.with_suffix(".json")
PLOT = PAGE.with_suffix(".svg")
NOT_YET = "Not measured yet."
TARGETS = "targets"  # the place of the table made from all others
MARKED = re.compile(r"<!-- benchmarks: (\w+) -->.*?<!-- benchmarks: end -->", re.DOTALL)
DATABASE = ("database",)  # loads measured earlier lack it
FASTEST = "the fastest of Mercurius, Yoga and PostGraphile"
LEAST = "the one of Mercurius, Yoga and PostGraphile that needs least"
EARLIER = "the earlier version's"
OURS_SINCE = Table(
    f"This version and the earlier one: CPU milliseconds of both together (times {EARLIER})",
    BOTH,
    [BEFORE.name],
    DATABASE,
    only=(OURS.name, BEFORE.name),
)
APART = Table("CPU milliseconds of server + database per response", apart, needs=DATABASE)
COMPARED = (
    Table(f"Requests per second (times those of {FASTEST})", RATE, RIVALS),
    Table(
        f"CPU milliseconds of server and database together per response (times {LEAST})",
        BOTH,
        RIVALS,
        DATABASE,
    ),
    OURS_SINCE,
    APART,
    Table("Latency in milliseconds, median / 99th percentile", latency),
)
SINCE = (
    Table(f"Requests per second (times {EARLIER})", RATE, [BEFORE.name]),
    Table(
        f"CPU milliseconds of server and database together per response (times {EARLIER})",
        BOTH,
        [BEFORE.name],
        DATABASE,
    ),
    APART,
)
SERVER_SINCE = Table(
    f"CPU milliseconds of the server's process per response (times {EARLIER})",
    SERVER,
    [BEFORE.name],
)
FIRST_RATE = Table("Requests per second (times the first line's)", RATE, first=True)
FIRST_BOTH = Table(
    "CPU milliseconds of server and database together per response (times the first line's)",
    BOTH,
    needs=DATABASE,
    first=True,
)
TABLES = {
    "speed": COMPARED,
    "sent": COMPARED,
    "cached": (
        Table(f"Requests per second (times those of `{BARE.name}`)", RATE, [BARE.name]),
        Table("CPU milliseconds of the server per response", SERVER),
    ),
    "typename": (SERVER_SINCE,),
    "entities": SINCE,
    "sqlite": (SERVER_SINCE, SINCE[0]),
    "bound": (
        Table("Requests per second (times executed)", RATE, list(SIDES)[:1]),
        Table(
            "CPU milliseconds of server and database together (times executed)",
            BOTH,
            list(SIDES)[:1],
        ),
        APART,
    ),
    "stages": (Table("CPU microseconds per response", STAGE, missing="–"),),
    "workers": (FIRST_RATE, FIRST_BOTH),
    "growth": (FIRST_RATE, FIRST_BOTH),
}


def measured() -> dict[str, Any]:
    """Return the stored results by table."""
    result: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8"))
    return result


def markdown(name: str, result: Mapping[str, Any]) -> str:
    """Return one measurement: the machine and the tables of its figures."""
    parts = [_machine(result["machine"])]
    parts += [table.markdown(result["loads"]) for table in TABLES[name]]
    if name == "speed":
        parts.append("![Requests per second of each contestant](benchmarks.svg)")
    if "memory" in result:
        parts.append(f"Resident memory, MiB:\n\n{_memory(result['memory'])}")
    return "\n\n".join(part for part in parts if part)


def page(results: Mapping[str, Any]) -> str:
    """Return the page with the results between its marks; raise ValueError if it lacks some."""
    text = PAGE.read_text(encoding="utf-8")
    if missing := results.keys() - {found[1] for found in MARKED.finditer(text)}:
        raise ValueError(f"{PAGE} lacks the marks of {', '.join(sorted(missing))}")
    return MARKED.sub(lambda found: _marked(found[1], results), text)


def _marked(name: str, results: Mapping[str, Any]) -> str:
    if name == TARGETS:
        text = targets.markdown(results)
    else:
        text = markdown(name, results[name]) if name in results else NOT_YET
    return f"<!-- benchmarks: {name} -->\n\n{text}\n\n<!-- benchmarks: end -->"


def _machine(machine: Mapping[str, str]) -> str:
    versions = [f"{name} {value}" for name, value in list(machine.items())[3:]]
    place = f"{machine['processor']}, {machine['cores']} cores"
    return f"Measured on {machine['date']}: {place}; {', '.join(versions)}."


def _memory(memory: Mapping[str, Any]) -> str:
    cells = [
        [f"`{name}`", f"{one['idle']:.0f}", f"{one['peak']:.0f}"] for name, one in memory.items()
    ]
    return rows(["", "idle", "peak, while serving `big`"], cells)
