"""A search for operations with a high cost per point: ``python -m benchmarks.worst FOLDER``.

Starts with an operation for each root field, mutates the worst ones at random, and keeps those
that are worse by one of three measures: processor time per point, duration of one event loop
callback, and processor time of an operation that is not classified as expensive and so runs
concurrently. ``FOLDER`` has a SQLite database and its keys; its reads count as part of the process.
Exits with 1 if a result stands out. ``--minutes`` sets the duration.
"""

import argparse
import asyncio
import asyncio.events
import gc
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.mutations import Mutations, Node, written
from erikti.database.connection import Database
from erikti.database.sealed import use
from erikti.settings import Settings
from models.people import Language
from resolvers.context import Context
from schema import schema
from schema.engine.engine import Engine, Prepared
from schema.engine.parsed_documents import Documents
from server import COLLECT_AFTER
from tests.support.queries import KEY, REGISTRAR

LONGEST_STRETCH = 0.025  # s of one callback
STANDS_OUT = 10  # factor over the median processor time per point
FEWEST = 100  # minimum points, since the time to parse a document would dominate
KEPT = 30  # for each measure
engine = Engine(schema)
IDS = """{ organisations(first: 3) { nodes { id } } projects(first: 3) { nodes { id } }
  volunteers(first: 3) { nodes { id person { id } } } nominations(first: 3) { nodes { id } } }"""


@dataclass(frozen=True)
class Measured:
    """The time of an operation in seconds, and its points."""

    root: Node
    cpu: float
    stretch: float
    points: int
    expensive: bool
    code: str

    @property
    def slope(self) -> float:
        """Return the processor time per point, with a minimum number of points."""
        return self.cpu / max(self.points, FEWEST)

    @property
    def beside(self) -> float:
        """Return the processor time that delays concurrent operations."""
        return 0.0 if self.expensive else self.cpu

    def __str__(self) -> str:
        text, variables = written(self.root)
        took = f"{self.cpu * 1000:.0f} ms, stretch {self.stretch * 1000:.0f} ms"
        given = json.dumps(variables, ensure_ascii=False)
        where = f"{'expensive' if self.expensive else 'cheap'}, {self.points} points {self.code}"
        return f"{took}, {where}\n    {text[:300]}\n    {given[:300]}"


class Stretches:
    """The longest processor time of an event loop callback."""

    def __init__(self) -> None:
        self.longest = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Measure each callback within this context."""
        run = asyncio.events.Handle._run

        def measured(handle: asyncio.Handle) -> None:
            begin = time.thread_time()
            run(handle)
            self.longest = max(self.longest, time.thread_time() - begin)

        asyncio.events.Handle._run = measured  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            asyncio.events.Handle._run = run  # type: ignore[method-assign]


def context(stranger: bool) -> Context:
    """Return the context of an anonymous caller, or of one with full access."""
    if stranger:
        return Context(Language.KK, KEY)
    return Context(Language.KK, KEY, REGISTRAR, purpose="REGISTRATION")


async def measured(root: Node, stranger: bool, stretches: Stretches) -> Measured | None:
    """Measure an operation; return None if it is rejected before execution."""
    text, variables = written(root)
    asked = context(stranger)
    stretches.longest = 0.0
    await asyncio.sleep(0)
    begin = time.process_time()
    await engine.read(text, asked)
    prepared = engine.prepare(text, variables, None, asked)
    if not isinstance(prepared, Prepared):
        return None
    result = await engine.run(prepared)
    json.dumps(result.data, default=str)
    cpu = time.process_time() - begin
    await asyncio.sleep(0)
    spent = asked.spent
    code = next((str((e.extensions or {}).get("code")) for e in result.errors or ()), "")
    points = spent.requested if code == "TIMEOUT" else spent.actual
    expensive = engine.expensive.is_expensive(asked)
    return Measured(root, cpu, stretches.longest, max(points, 1), expensive, code)


WAYS = ("slope", "stretch", "beside")


class Search:
    """The worst operations found, by each measure."""

    def __init__(self, mutations: Mutations, random: Random, stranger: bool) -> None:
        self._mutations = mutations
        self._random = random
        self._stranger = stranger
        self._stretches = Stretches()
        self.worst: dict[str, list[Measured]] = {way: [] for way in WAYS}
        self.slopes: list[float] = []

    async def run(self, seconds: float) -> None:
        """Search for ``seconds``."""
        with self._stretches.watched():
            for root in self._mutations.beginnings():
                await self._try(root)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                kept = self.worst[self._random.choice(WAYS)]
                root, other = (self._random.choice(kept).root for _ in range(2))
                await self._try(self._mutations.changed(root, other))

    async def _try(self, root: Node) -> None:
        found = await self._twice(root)
        if found is None:
            return
        self.slopes.append(found.slope)
        for way, kept in self.worst.items():
            kept.append(found)
            kept.sort(key=lambda one: -getattr(one, way))
            del kept[KEPT:]

    async def _twice(self, root: Node) -> Measured | None:
        """Return the minimum of two uncached measurements, to exclude noise."""
        found = await measured(root, self._stranger, self._stretches)
        if found is None or not any(
            len(kept) < KEPT or getattr(found, way) > getattr(kept[-1], way)
            for way, kept in self.worst.items()
        ):
            return found
        engine.documents = Documents(schema._schema, limits=engine.limits)  # none is known
        again = await measured(root, self._stranger, self._stretches)
        assert again is not None
        stretch = min(found.stretch, again.stretch)
        return replace(found, cpu=min(found.cpu, again.cpu), stretch=stretch)


async def search(folder: Path, options: argparse.Namespace) -> Search:
    """Search with the database of a folder."""
    settings = Settings("", 0, folder, f"sqlite://{folder}/erikti.db", "")
    use(settings.keyring())
    limits = engine.limits
    async with Database(
        settings.database_url,
        statement_seconds=limits.statement_seconds,
        connection_seconds=limits.connection_seconds,
    ):
        data = (await engine.execute(IDS, context_value=context(False))).data
        random = Random(options.seed)
        found = Search(
            Mutations(schema._schema, random, tuple(_ids(data))), random, options.stranger
        )
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        await found.run(options.minutes * 60)
        return found


def _ids(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "id":
                yield value
            yield from _ids(value)
    elif isinstance(data, list):
        for value in data:
            yield from _ids(value)


def main() -> int:
    """Print the worst operations and return the exit status."""
    parser = argparse.ArgumentParser(prog="worst", description="Search for expensive operations.")
    parser.add_argument("folder", type=Path, help="the folder of a SQLite database and its keys")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stranger", action="store_true", help="send no token")
    parser.add_argument("--shown", type=int, default=5)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found = asyncio.run(search(options.folder, options))
    middle = median(found.slopes)
    print(f"{len(found.slopes)} operations, a point takes {middle * 1e6:.0f} us in the middle")
    for way, kept in found.worst.items():
        print(f"the worst by {way}:")
        for one in kept[: options.shown]:
            print(f"  {one.slope * 1e6:.0f} us a point, {one}")
    steep = found.worst["slope"][0].slope > STANDS_OUT * middle
    return int(steep or found.worst["stretch"][0].stretch > LONGEST_STRETCH)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    sys.exit(main())
