"""What all tables share: the database, the earlier version, and how long each period of load is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import database, rounds
from benchmarks.contestants import BEFORE, CONTESTANTS, OURS, Contestant
from benchmarks.operations import Operation, operations
from benchmarks.rounds import Result
from benchmarks.servers import Server, started
from benchmarks.ways import PLAIN, Way

Loads = dict[str, Any]  # by operation, then by label: the figures of a ``Load``


@dataclass(frozen=True)
class Run:
    """The options of a measurement.

    ``url`` is the database, ``folder`` has the files of all contestants, ``before`` those of the
    earlier version. ``python`` runs servers in Python. ``only`` names contestants, ``operations``
    operations; empty for all.
    """

    url: str
    folder: Path
    before: Path
    python: str
    rounds: int = 5
    seconds: int = 3
    only: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def earlier(self, contestant: Contestant, name: str = BEFORE.name) -> Contestant:
        """Return a contestant in the earlier version."""
        return replace(contestant, name=name, root=self.before)

    def contestants(self) -> list[Contestant]:
        """Return the selected contestants, always including Erikti, the reference."""
        names = {OURS.name, *(self.only or (one.name for one in CONTESTANTS))}
        return [
            self.earlier(one) if one is BEFORE else one for one in CONTESTANTS if one.name in names
        ]

    def wanted(self, url: str = "") -> list[Operation]:
        """Return the selected operations on a database, by default that of the run."""
        return self.selected(operations(database.record_ids(url or self.url)))

    def selected(self, everything: Iterable[Operation]) -> list[Operation]:
        """Return the selected ones of operations."""
        return [one for one in everything if not self.operations or one.name in self.operations]

    @contextmanager
    def started(
        self,
        contestants: Iterable[Contestant],
        way: Way = PLAIN,
        *,
        url: str = "",
        folder: str = "",
    ) -> Iterator[list[Server]]:
        """Yield running contestants; another database has its own folder."""
        place = self.folder / folder
        place.mkdir(exist_ok=True)
        with started(contestants, url or self.url, place, way, self.python) as servers:
            yield servers

    def timed(
        self, servers: Mapping[str, Server], wanted: Callable[[str], Sequence[Operation]]
    ) -> Loads:
        """Return the medians of servers by label; ``wanted`` has the operations by label."""
        return plain(rounds.timed(servers, wanted, self.rounds, self.seconds))


def plain(result: Result) -> Loads:
    """Return a result as it is stored."""
    return {
        operation: {label: asdict(load) for label, load in loads.items()}
        for operation, loads in result.items()
    }


def by_name(servers: Iterable[Server]) -> dict[str, Server]:
    """Return servers by the names of their contestants."""
    return {server.contestant.name: server for server in servers}
