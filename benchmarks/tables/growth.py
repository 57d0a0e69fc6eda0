"""Growth: the same operations on the country in several sizes."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks import database
from benchmarks.contestants import OURS
from benchmarks.servers import DATA
from benchmarks.tables.run import Run

SCALES = (0.1, 1.0, 10.0)  # from 30 thousand to 3 million volunteers


def growth(run: Run, urls: Sequence[str] = ()) -> dict[str, Any]:
    """Return uncached medians by number of volunteers, with one server per database.

    Databases at ``urls`` have the keys of the run, by default new ones are created.
    """
    with ExitStack() as stack:
        made = _given(run.folder, urls) if urls else stack.enter_context(_new(run.folder))
        servers, wanted = {}, {}
        for name, url in made.items():
            label = f"{database.size(url):,}"
            (servers[label],) = stack.enter_context(run.started([OURS], url=url, folder=name))
            wanted[label] = [one for one in run.wanted(url) if one.timed]
        return {"loads": run.timed(servers, wanted.__getitem__)}


def _given(folder: Path, urls: Sequence[str]) -> dict[str, str]:
    """Return databases by the names of their folders, each with the keys of the run."""
    found = {f"growth{number}": database.plain(url) for number, url in enumerate(urls)}
    if (folder / DATA).exists():
        for name in found:
            shutil.copytree(folder / DATA, folder / name / DATA)
    return found


@contextmanager
def _new(folder: Path) -> Iterator[dict[str, str]]:
    """Yield new databases by the names of their folders, on one PostgreSQL server."""
    with database.postgres() as first:
        found = {}
        for number, scale in enumerate(SCALES):
            name = f"growth{number}"
            database.fetch(first, f"CREATE DATABASE {name}")
            found[name] = urlunsplit(urlsplit(first)._replace(path=f"/{name}"))
            database.fill(found[name], folder / name / DATA, scale)
        yield found
