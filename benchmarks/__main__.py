"""Measure the tables of docs/benchmarks.md: ``python -m benchmarks --help``."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import database, plot, report
from benchmarks.contestants import CONTESTANTS
from benchmarks.machine import machine
from benchmarks.operations import operations
from benchmarks.revisions import checked_out
from benchmarks.servers import DATA
from benchmarks.tables import bound, entities, growth, small, speed, sqlite, stages, workers
from benchmarks.tables.run import Run

BEFORE = "2231597"  # before responses were written by the database
SMOKE_SCALE = 0.01
NAMES = [contestant.name for contestant in CONTESTANTS]
OPERATIONS = [operation.name for operation in operations([])]
Table = Callable[[Run, argparse.Namespace], dict[str, Any]]
TABLES: dict[str, Table] = {
    "speed": lambda run, _: speed.plainly(run),
    "sent": lambda run, _: speed.as_sent(run),
    "cached": lambda run, _: small.cached(run),
    "typename": lambda run, _: small.typename(run),
    "entities": lambda run, _: entities.by_representations(run),
    "sqlite": lambda run, options: sqlite.sqlite(run, options.scale),
    "bound": lambda run, _: bound.bound(run),
    "stages": lambda run, _: stages.stages(run),
    "workers": lambda run, _: workers.workers(run),
    "growth": lambda run, options: growth.growth(run, options.databases or ()),
}
OWN_DATABASES = ("growth",)
WITH_NODE = ("speed", "sent")


def main() -> None:
    """Measure the selected tables, store the results and print them."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ensures that the servers are stopped
    with tempfile.TemporaryDirectory(prefix="erikti-benchmarks-") as name, ExitStack() as stack:
        folder = Path(name)
        before = stack.enter_context(checked_out(options.before, folder))
        if options.data:
            shutil.copytree(options.data, folder / DATA)
        shared = options.smoke or set(options.tables) - set(OWN_DATABASES)
        url = stack.enter_context(_database(options, folder / DATA)) if shared else ""
        run = _run(options, url, folder, before)
        if options.smoke:
            speed.smoke(run)
            return
        for table in options.tables:
            _keep(table, _measured(table, run, options), published=_published(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("tables", nargs="*", type=_one(TABLES), default=["speed"], help=f"of {', '.join(TABLES)}")
    add("--database", metavar="URL", help="a filled database; by default a new one is created")
    add("--data", metavar="FOLDER", help="the keys of given databases, as in ERIKTI_DATA")
    add("--scale", type=float, default=1.0, help="the scale of a new database")
    add("--rounds", type=int, default=5)
    add("--seconds", type=int, default=3, help="seconds of load per contestant and round")
    add("--before", metavar="REVISION", default=BEFORE, help="the earlier version of Erikti")
    add("--python", metavar="PATH", default=sys.executable, help="for the servers in Python")
    add("--only", type=_several(NAMES), help=f"contestants, of {','.join(NAMES)}")
    add("--operations", type=_several(OPERATIONS), help=f"of {','.join(OPERATIONS)}")
    add("--databases", nargs="+", metavar="URL", help="for growth; by default new ones")
    add("--print", action="store_true", help="only print the results, do not store them")
    add("--smoke", action="store_true", help="only compare responses, on a small database")
    return parser


def _one(known: dict[str, Table]) -> Callable[[str], str]:
    def name(text: str) -> str:
        return _checked([text], list(known))[0]

    return name


def _several(known: list[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        return _checked(text.split(","), known)

    return names


def _checked(found: list[str], known: list[str]) -> list[str]:
    if unknown := set(found) - set(known):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return found


@contextmanager
def _database(options: argparse.Namespace, data: Path) -> Iterator[str]:
    if options.database:
        yield database.plain(options.database)
        return
    scale = SMOKE_SCALE if options.smoke else options.scale
    with database.embedded(scale, data) as url:
        yield url


def _run(options: argparse.Namespace, url: str, folder: Path, before: Path) -> Run:
    return Run(
        url,
        folder,
        before,
        python=os.path.abspath(options.python),  # servers start in other folders
        rounds=options.rounds,
        seconds=options.seconds,
        only=tuple(options.only or ()),
        operations=tuple(options.operations or ()),
    )


def _published(options: argparse.Namespace) -> bool:
    return not (options.only or options.operations or options.print)


def _measured(table: str, run: Run, options: argparse.Namespace) -> dict[str, Any]:
    print(f"== {table}", flush=True)
    found = TABLES[table](run, options)
    url = run.url or next(iter(options.databases or ()), "")
    return {"machine": machine(url, run.python, with_node=table in WITH_NODE), **found}


def _keep(table: str, found: dict[str, Any], published: bool) -> None:
    """Print the results of a table; those of a full run are also stored."""
    print(report.markdown(table, found))
    if not published:
        return
    kept = report.measured() | {table: found}
    report.RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if "speed" in kept:
        report.PLOT.write_text(plot.svg(kept["speed"]["loads"]), encoding="utf-8")
    report.PAGE.write_text(report.page(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
