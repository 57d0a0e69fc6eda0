"""The overhead of all guards: this version compared with one from before them.

``python -m benchmarks.overhead`` checks out the earlier version, fills PostgreSQL with its demo
data, migrates a copy to this version, compares the responses and loads both alternately, without
response caches. It exits with 1 if a page of 100 with four relations takes more than a tenth
longer.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

from rich.console import Console
from rich.table import Table

from benchmarks import database, equality
from benchmarks.contestants import OURS, Contestant
from benchmarks.load import Load, load
from benchmarks.operations import Operation, operations
from benchmarks.revisions import checked_out
from benchmarks.servers import DATA, Server, started

BEFORE = "61b289d"
MOST = 10.0  # percent
NAMES = ("page100", "record")
SPELL = 2  # seconds of load at a time
PAIRS = 9
WARM_UP = 3  # seconds
COPY = "after"


def databases(url: str, folder: Path, root: Path, scale: float) -> tuple[str, str]:
    """Yield databases with the same data for the version at ``root`` and for this one."""
    database.fill(url, folder / "old", scale, root)
    parts = urlsplit(url)
    admin, after = (urlunsplit(parts._replace(path=f"/{name}")) for name in ("template1", COPY))
    database.fetch(admin, f'CREATE DATABASE {COPY} TEMPLATE "{parts.path[1:]}"')
    database.command(["migrate"], after, folder / DATA)
    database.fetch(after, "VACUUM ANALYZE")
    return url, after


def pairs(before: Server, after: Server, operation: Operation) -> list[tuple[Load, Load]]:
    """Load both alternately, each equally often first."""
    for server in (before, after):
        load(server, operation, WARM_UP)
    found = []
    for number in range(PAIRS):
        if number % 2:
            second = load(after, operation, SPELL)
            found.append((load(before, operation, SPELL), second))
        else:
            found.append((load(before, operation, SPELL), load(after, operation, SPELL)))
    return found


def overhead(found: list[tuple[Load, Load]], figure: str) -> float:
    """Return the median increase of a figure of the second over the first, in per cent."""
    ratios: list[float] = [
        getattr(after, figure) / getattr(before, figure) for before, after in found
    ]
    return (median(ratios) - 1) * 100


def row(table: Table, name: str, found: list[tuple[Load, Load]]) -> float:
    """Add an operation's results to the table; return the overhead in processor time."""
    sides = [
        [f"{median(getattr(pair[side], figure) for pair in found):.2f}" for side in (0, 1)]
        for figure in ("rate", "p50", "cpu")
    ]
    share = overhead(found, "cpu")
    slower = overhead([(after, before) for before, after in found], "rate")
    cells = [" → ".join(side) for side in sides]
    table.add_row(name, *cells, f"{slower:+.1f} %", f"{share:+.1f} %")
    return slower


def compare(root: Path, folder: Path, scale: float) -> float:
    """Print the table and return the overhead in per cent for the page of 100."""
    # -P ignores the current folder in favour of PYTHONPATH.
    environment = {"PYTHONPATH": str(root), "ERIKTI_RESPONSE_CACHE": "off"}
    old = Contestant("before", "Erikti without guards", ("-P", "-m", "cli", "serve"), environment)
    table = Table("operation", "answers/s", "p50 ms", "CPU ms", "longer", "more CPU")
    with ExitStack() as stack:
        url = stack.enter_context(database.postgres())
        first, second = databases(url, folder, root, scale)
        place = folder / "servers-before"
        place.mkdir()
        (before,) = stack.enter_context(started([old], first, place))
        (after,) = stack.enter_context(started([OURS], second, folder))
        wanted = [o for o in operations(database.record_ids(first)) if o.name in NAMES]
        equality.compare(before, [after], wanted)
        found = {o.name: row(table, o.name, pairs(before, after, o)) for o in wanted}
    Console().print(table)
    return found[NAMES[0]]


def main() -> int:
    """Run the comparison; return 1 if the overhead exceeds the bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", default=BEFORE, metavar="REV")
    parser.add_argument("--scale", type=float, default=0.05)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with checked_out(arguments.before, folder) as root:
            share = compare(root, folder, arguments.scale)
    print(f"the page of 100 takes {share:+.1f} % longer (at most {MOST:g} %)")
    return 0 if share <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
