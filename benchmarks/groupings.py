"""Every grouping at national scale: ``python -m benchmarks.groupings DATABASE``, a folder or URL.

Groups each list by each set of up to three dimensions, and by each set of up to two under each
indexed filter. A grouping takes at most 300 ms, or is rejected by its cost before it reads. Exits
with 1 if one takes longer. ``--list`` names one list.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from tortoise.fields import BooleanField

from erikti.database.connection import Database, dialect, fetch
from erikti.errors import LimitError
from erikti.guard.costs import CostAccount
from erikti.guard.limits import Limits
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.listings import (
    ANY,
    Comparison,
    Condition,
    GroupRequest,
    Listing,
    Related,
)
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import column_of, related, table
from resolvers.spending import Spending
from tests.support.queries import REGISTRAR

MOST = 0.3  # s
PAGE = 500
SHOWN = 15
AGAIN = 2  # attempts of a grouping that is too slow, since other processes may disturb it


async def conditions(listing: Listing) -> dict[str, Condition]:
    """Return a condition for each filter: the most frequent value, or from the middle value on."""
    found: dict[str, Condition] = {}
    for name in listing.compared:
        if link := listing.tags.get(name):
            (row,) = await fetch(_frequent(link.value, table(link.model).name))
            found[name] = Comparison(name, "in", (row[0],))
            continue
        column = column_of(listing.model, name)
        rows = await fetch(_frequent(column, table(listing.model).name))
        if not rows or rows[0][0] is None:
            continue
        field = table(listing.model).field(column)
        value = field.to_python_value(rows[0][0])
        if target := related(listing.model, name):
            found[name] = Related(name, Comparison(table(target).key, "eq", rows[0][0]))
        elif isinstance(value, str | bool) or isinstance(field, BooleanField) or name == "id":
            found[name] = Comparison(name, "eq", value)
        else:
            found[name] = Comparison(name, "min", value)
    return found


def _frequent(column: str, rows: str) -> str:
    return (
        f"SELECT {column} FROM {rows} WHERE {column} IS NOT NULL "
        f"GROUP BY {column} ORDER BY count(*) DESC LIMIT 1"
    )


def sets(listing: Listing, most: int) -> Iterator[tuple[str, ...]]:
    """Yield each set of dimensions up to a size."""
    for size in range(1, most + 1):
        yield from combinations(listing.dimensions, size)


async def took(listing: Listing, by: Sequence[str], condition: Condition) -> float | None:
    """Return the seconds that a grouping takes; None if its cost is rejected."""
    least = None
    # SQLite works in this process, whose processor time other processes do not change.
    clock = time.process_time if dialect().name == "sqlite" else time.perf_counter
    for _ in range(AGAIN):
        spend = Spending(CostAccount(allowed=Limits().cost), None)
        lists = Lists(LoaderScope(REGISTRAR, "REGISTRATION", spend), Source(listing))
        request = GroupRequest(tuple(by), PAGE, condition, aggregates=frozenset())
        begun = clock()
        try:
            await lists.groups(request).load(None)
        except LimitError:
            return None
        seconds = clock() - begun
        least = seconds if least is None else min(seconds, least)
        if least <= MOST:
            break
    return least


async def measure(url: str, names: Sequence[str]) -> int:
    """Print the slowest groupings of each list and return the number of those that are too slow."""
    slow = 0
    async with Database(url):
        for listing in LISTINGS:
            if not listing.groups or (names and listing.name not in names):
                continue
            found: list[tuple[float, str]] = []
            rejected = 0
            for name, condition in [("", ANY), *(await conditions(listing)).items()]:
                for by in sets(listing, 2 if name else 3):
                    seconds = await took(listing, by, condition)
                    rejected += seconds is None
                    if seconds is not None:
                        found.append((seconds, f"{', '.join(by)} {name and f'if {name}'}"))
            found.sort(reverse=True)
            over = [one for one in found if one[0] > MOST]
            slow += len(over)
            worst = f"{found[0][0] * 1000:.0f} ms" if found else "none"
            print(f"{listing.name}: {len(found)} answered, at most {worst}, {rejected} rejected")
            for seconds, text in over[:SHOWN]:
                print(f"    {seconds * 1000:.0f} ms: {text}", flush=True)
    return slow


def main() -> int:
    """Print the measurements and return the exit status."""
    parser = argparse.ArgumentParser(prog="groupings", description="Measure every grouping.")
    parser.add_argument("database", help="a folder with a database, or the URL of one")
    parser.add_argument("--list", action="append", default=[], help="a record type")
    options = parser.parse_args()
    is_url = "://" in options.database
    folder = Path(options.database).resolve()
    url: Any = options.database if is_url else f"sqlite://{folder}/erikti.db"
    slow = asyncio.run(measure(url, options.list))
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
