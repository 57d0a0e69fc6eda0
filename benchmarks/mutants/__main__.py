"""``python -m benchmarks.mutants``: find single changes that no test detects.

Tries the changes of each part in ``parts.py`` that ``named.toml`` names, and ``--sample`` others,
chosen at random but the same in every run, or all. Prints the survivors; ``survivors.toml`` lists
the known ones, each with the reason why no test should detect it. Exits with 1 if others survive.
"""

import argparse
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from benchmarks.mutants.changes import ROOT, Change, changes, named
from benchmarks.mutants.parts import PARTS, Part
from benchmarks.mutants.processes import Trials, prepared
from tests.support import scratch

KNOWN = Path(__file__).with_name("survivors.toml")
PASSED = 0
NOTHING_RAN = 5
SLOWER = 4  # the factor by which a change may slow down the tests
LEAST = 60  # minimum seconds for the tests
UNBOUNDED = 1_200  # maximum seconds for the tests on the unchanged product


def main() -> int:
    """Try the changes and return the exit status."""
    options = _options()
    os.chdir(ROOT)
    scratch.use_memory()
    known = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["survivors"]
    unknown = tried = survived = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as name, prepared():
        trials = Trials(options.jobs, Path(name))
        for part in PARTS:
            if options.part and part.name not in options.part:
                continue
            chosen = named(part.name)
            if not options.named:
                chosen += _chosen(part, options.sample, options.skip)
            found = _survivors(part, chosen, trials)
            print(f"{part.name}: {len(chosen) - len(found)} of {len(chosen)} noticed", flush=True)
            tried, survived = tried + len(chosen), survived + len(found)
            for change in sorted(found, key=lambda change: (change.path, change.line)):
                reason = known.get(change.key)
                unknown += reason is None
                print(f"  {change.path}:{change.line} survives: {change.key}")
                print(f"    {reason or 'NOT KNOWN: let a test notice it'}")
    print(f"{survived} of {tried} changes survive, {survived / max(tried, 1):.1%}")
    return 1 if unknown else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description="Find changes no test detects.")
    parser.add_argument("--part", action="append", choices=[part.name for part in PARTS])
    parser.add_argument("--sample", type=int, default=40, help="changes of each part; 0 for all")
    parser.add_argument("--skip", type=int, default=0, help="changes to skip, for another sample")
    parser.add_argument("--named", action="store_true", help="only the changes in named.toml")
    parser.add_argument("--jobs", type=int, default=2, help="number of concurrent trials")
    return parser.parse_args()


def _chosen(part: Part, sample: int, skip: int) -> list[Change]:
    found = sorted(
        (change for path in part.paths() for change in changes(path)),
        key=lambda change: change.rank,
    )
    return found[skip : skip + sample] if sample else found[skip:]


def _survivors(part: Part, chosen: Iterable[Change], trials: Trials) -> list[Change]:
    """Return the changes with which all tests pass; fails if they fail without a change."""
    trials.start(None, part.tests, UNBOUNDED)
    _, status, seconds, printed = trials.ended()
    if status != PASSED:
        sys.exit(f"{part.name}: the tests fail without any change ({status}):\n{printed[-5000:]}")
    print(f"{part.name}: its tests take {seconds:.0f} s", flush=True)
    limit = int(max(LEAST, seconds * SLOWER))
    found: list[Change] = []
    waiting = list(chosen)
    while waiting or trials:
        if waiting and not trials.full:
            tried = waiting.pop()
            trials.start(tried, (*tried.first, *part.tests), limit)
            continue
        change, status, _, printed = trials.ended()
        if status == NOTHING_RAN:
            sys.exit(f"{part.name}: no test ran:\n{printed}")
        if status == PASSED and change is not None:
            found.append(change)
            print(f"  survives: {change.key}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
