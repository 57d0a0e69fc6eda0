"""Write every generated page, and generated part of a page: ``python -m tools.docs``.

With ``--check`` it writes nothing, lists the files that would change, and exits with 1 if there
are any. Pages that take a measurement are not written here: `make bench` and `make interop` do.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import plot, report
from erikti.auth import documentation as identity
from erikti.guard import documentation as limits
from erikti.importers import documentation as importing
from erikti.settings import variable
from schema import SDL, schema
from tools import data_dictionary, decisions, internals

ROOT = Path(__file__).parents[1]


# Every generated file, with the function that returns its text.
FILES: dict[Path, Callable[[], str]] = {
    SDL: lambda: schema.subgraph() + "\n",
    limits.PAGE: lambda: limits.page(variable),
    identity.PAGE: lambda: limits.defaults(identity.page(), variable),
    importing.PAGE: importing.page,
    decisions.PAGE: decisions.page,
    internals.PAGE: internals.page,
    **{
        page: partial(data_dictionary.page, language)
        for language, page in data_dictionary.PAGES.items()
    },
    report.PAGE: lambda: report.page(report.measured()),
    report.PLOT: lambda: plot.svg(report.measured()["speed"]["loads"]),
}


def changes() -> Iterator[tuple[Path, str]]:
    """Yield the files that are not current, each with the text that it should have."""
    for path, text in FILES.items():
        new = text()
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            yield path, new


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or check them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 instead")
    check = parser.parse_args(arguments).check
    found = list(changes())
    for path, text in found:
        name = path.relative_to(ROOT)
        if check:
            print(f"{name} is not current: run make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
