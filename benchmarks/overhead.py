"""What all guards cost: this server against itself before they were there, in one run.

``python -m benchmarks.overhead`` checks the version before them out, fills PostgreSQL with its
own demo data, brings a copy to this version, compares the answers and loads both in turn,
without their response caches. It ends with 1 where a page of 100 with four relations takes
more than a tenth longer.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

from rich.console import Console
from rich.table import Table

from benchmarks import database, equality
from benchmarks.contestants import OURS, Contestant
from benchmarks.load import Load, load
from benchmarks.operations import Operation, operations
from benchmarks.servers import DATA, ROOT, Server, started

BEFORE = "61b289d"
MOST = 10.0  # percent
NAMES = ("page100", "record")
SPELL = 2  # seconds of load at a time
PAIRS = 9
WARM_UP = 3  # seconds
COPY = "after"


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """A folder with the files of a revision, which git forgets afterwards."""
    place = folder / "before"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(place), revision], check=True)
    try:
        yield place
    finally:
        subprocess.run([*git, "remove", "--force", str(place)], check=True)


def databases(url: str, folder: Path, root: Path, scale: float) -> tuple[str, str]:
    """The same data as the version at ``root`` keeps them, and as this one does."""
    database.fill(url, folder / "old", scale, root)
    parts = urlsplit(url)
    admin, after = (urlunsplit(parts._replace(path=f"/{name}")) for name in ("template1", COPY))
    database.fetch(admin, f'CREATE DATABASE {COPY} TEMPLATE "{parts.path[1:]}"')
    database.command(["migrate"], after, folder / DATA)
    database.fetch(after, "VACUUM ANALYZE")
    return url, after


def pairs(before: Server, after: Server, operation: Operation) -> list[tuple[Load, Load]]:
    """Spells of load on one and on the other, each as often first."""
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
    """By how many percent a figure of the second is larger: the median of all pairs."""
    ratios: list[float] = [
        getattr(after, figure) / getattr(before, figure) for before, after in found
    ]
    return (median(ratios) - 1) * 100


def row(table: Table, name: str, found: list[tuple[Load, Load]]) -> float:
    """Add what came of an operation; the percent of processor time that came on top."""
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
    """Print the table; percent that come on top for the page of 100."""
    # -P: not what lies in the current folder, but what PYTHONPATH names.
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
    """Run it; 1 where the guards cost more than they may."""
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
