"""Growth: the same operations on the country in several sizes."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import database
from benchmarks.contestants import OURS
from benchmarks.operations import operations
from benchmarks.rounds import Result, timed
from benchmarks.servers import started


def growth(urls: Sequence[str], rounds: int, seconds: int, folder: Path, names: set[str]) -> Result:
    """Return uncached medians by number of volunteers, with one server per database."""
    with ExitStack() as stack:
        servers, selected = {}, {}
        for url in urls:
            label = f"{database.size(url):,}"
            place = folder / label
            place.mkdir()
            (servers[label],) = stack.enter_context(started([OURS], url, place))
            everything = operations(database.record_ids(url))
            selected[label] = [one for one in everything if one.timed and one.name in names]
        return timed(servers, selected.__getitem__, rounds, seconds)
