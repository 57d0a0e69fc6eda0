"""Rounds: every server in turn, several times, so that other load affects all alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from statistics import median

from benchmarks.load import Load, load
from benchmarks.operations import Operation
from benchmarks.servers import Server

WARM_UP = 1  # seconds, not counted
Result = dict[str, dict[str, Load]]  # by operation, then by the server's label


def timed(
    servers: Mapping[str, Server],
    wanted: Callable[[str], Sequence[Operation]],
    rounds: int,
    seconds: int,
) -> Result:
    """Return the medians of all servers; ``wanted`` has the operations by label."""
    result: Result = {}
    for place, operation in enumerate(wanted(next(iter(servers)))):
        spells: dict[str, list[Load]] = {label: [] for label in servers}
        for number in range(rounds + 1):
            for label in list(servers)[:: 1 if number % 2 else -1]:
                selected = wanted(label)[place]
                spell = load(servers[label], selected, seconds if number else WARM_UP)
                if number:
                    spells[label].append(spell)
        result[operation.name] = {label: _median(found) for label, found in spells.items()}
        rates = ", ".join(
            f"{label} {one.rate:,.1f}" for label, one in result[operation.name].items()
        )
        print(f"{operation.name}: {rates}", flush=True)
    return result


def _median(spells: Sequence[Load]) -> Load:
    found = {one.name: median(getattr(spell, one.name) for spell in spells) for one in fields(Load)}
    return Load(**found)
