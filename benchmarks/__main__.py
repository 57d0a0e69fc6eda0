"""Compare Erikti with its peers on one PostgreSQL database: ``python -m benchmarks --help``."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import database, equality, memory, plot, report
from benchmarks.contestants import CONTESTANTS, OURS, Contestant
from benchmarks.growth import growth
from benchmarks.machine import machine
from benchmarks.operations import Operation, operations
from benchmarks.rounds import Result, timed
from benchmarks.servers import DATA, Server, started

SMOKE_SCALE = 0.01
NAMES = [contestant.name for contestant in CONTESTANTS]
OPERATIONS = [operation.name for operation in operations([])]


def main() -> None:
    """Run the selected measurements, store the results and print them."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ensures that the servers are stopped
    with tempfile.TemporaryDirectory(prefix="erikti-benchmarks-") as folder:
        if arguments.growth:
            found = _growth(arguments, Path(folder))
        else:
            with _database(arguments, Path(folder) / DATA) as url:
                found = _comparison(arguments, url, Path(folder))
    if found:
        _keep(found, published=not (arguments.only or arguments.operations))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--database", metavar="URL", help="a filled database; by default a new one is created")
    add("--scale", type=float, default=1.0, help="the scale of a new database")
    add("--rounds", type=int, default=5)
    add("--seconds", type=int, default=3, help="seconds of load per contestant and round")
    add("--only", type=_names(NAMES), help=f"contestants, of {','.join(NAMES)}")
    add("--operations", type=_names(OPERATIONS), help=f"of {','.join(OPERATIONS)}")
    add("--growth", nargs="+", metavar="URL", help="only compare databases of several sizes")
    add("--smoke", action="store_true", help="only compare responses, on a small database")
    return parser


def _names(known: list[str]) -> Any:
    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := set(found) - set(known):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
        return found

    return names


@contextmanager
def _database(arguments: argparse.Namespace, data: Path) -> Iterator[str]:
    if arguments.database:
        yield database.plain(arguments.database)
        return
    scale = SMOKE_SCALE if arguments.smoke else arguments.scale
    with database.embedded(scale, data) as url:
        yield url


def _chosen(arguments: argparse.Namespace) -> list[Contestant]:
    """Return the selected contestants, always including Erikti, the reference."""
    names = {OURS.name, *(arguments.only or NAMES)}
    return [contestant for contestant in CONTESTANTS if contestant.name in names]


def _comparison(arguments: argparse.Namespace, url: str, folder: Path) -> dict[str, Any]:
    contestants = _chosen(arguments)
    everything = operations(database.record_ids(url))
    wanted = [one for one in everything if one.name in (arguments.operations or OPERATIONS)]
    with started(contestants, url, folder) as servers:
        idle = {server.contestant.name: memory.idle(server) for server in servers}
        ours = servers[0]
        equality.keep(ours, wanted)
        equality.compare(ours, servers[1:], wanted)
        print(f"equal answers: {', '.join(one.contestant.name for one in servers)}", flush=True)
        if arguments.smoke:
            return {}
        found = _measured(arguments, servers, wanted, idle)
        equality.compare(ours, servers[1:], wanted)
    with_node = any(contestant.node for contestant in contestants)
    return {"machine": machine(url, with_node), **found}


def _measured(
    arguments: argparse.Namespace,
    servers: list[Server],
    wanted: list[Operation],
    idle: dict[str, float],
) -> dict[str, Any]:
    peaks = {
        server.contestant.name: asdict(
            memory.Memory(idle[server.contestant.name], memory.peak(server, operation))
        )
        for operation in wanted
        if not operation.timed
        for server in servers
    }
    selected = [operation for operation in wanted if operation.timed]
    by_name = {server.contestant.name: server for server in servers}
    speed = timed(by_name, lambda _: selected, arguments.rounds, arguments.seconds)
    return {"speed": _plain(speed)} | ({"memory": peaks} if peaks else {})


def _growth(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    names = set(arguments.operations or OPERATIONS)
    result = growth(arguments.growth, arguments.rounds, arguments.seconds, folder, names)
    return {"machine": machine(arguments.growth[0], with_node=False), "growth": _plain(result)}


def _plain(result: Result) -> dict[str, Any]:
    return {
        operation: {label: asdict(load) for label, load in loads.items()}
        for operation, loads in result.items()
    }


def _keep(found: dict[str, Any], published: bool) -> None:
    """Print the results; a full run is also stored, next to parts measured earlier."""
    if not published:
        print(report.markdown(found))
        return
    kept = json.loads(report.RESULT.read_text(encoding="utf-8")) if report.RESULT.exists() else {}
    kept |= found | {"machine": kept.get("machine", {}) | found["machine"]}
    report.RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if "speed" in kept:
        report.PLOT.write_text(plot.svg(kept["speed"]), encoding="utf-8")
    text = report.markdown(kept)
    report.PAGE.write_text(report.page(text), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
