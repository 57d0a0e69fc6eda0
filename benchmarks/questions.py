"""The questions of a dashboard: ``python -m benchmarks.questions DATABASE``, a folder or a URL.

Sends each file of ``examples/dashboard`` several times within default limits and without caches.
Prints milliseconds and points; exits with 1 if a question fails, takes longer than 300 ms, or
costs more than 500 points.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from erikti.database.connection import Database
from models.people import Language
from resolvers.context import Context
from schema import schema
from schema.engine.engine import Engine
from tests.support.queries import ANALYST, KEY

FOLDER = Path(__file__).parents[1] / "examples" / "dashboard"
MOST_SECONDS = 0.3
MOST_POINTS = 500
TIMES = 7


def variables() -> dict[str, dict[str, Any]]:
    """Return the variables of the questions that have some: this year and last."""
    today = datetime.now(UTC).date()
    bounds = {"from": date(today.year - 1, 1, 1).isoformat(), "to": today.isoformat()}
    return {"active-by-region-and-month": bounds, "counted-against-published": {"year": 2025}}


async def ask(url: str) -> int:
    """Print what each question takes, and return the number of those that take too much."""
    engine, failed = Engine(schema), 0
    async with Database(url):
        for path in sorted(FOLDER.glob("*.graphql")):
            text = path.read_text(encoding="utf-8")
            took = []
            for _ in range(TIMES):
                context = Context(Language.EN, KEY, ANALYST)
                begun = time.perf_counter()
                result = await engine.execute(text, variables().get(path.stem, {}), context)
                took.append(time.perf_counter() - begun)
            middle, points = median(took), context.spent.requested
            bad = bool(result.errors) or middle > MOST_SECONDS or points > MOST_POINTS
            failed += bad
            numbers = f"{middle * 1000:6.1f} ms (at most {max(took) * 1000:.1f}), {points:4} points"
            print(f"{path.stem:28} {numbers}{' FAILED' * bad} {result.errors or ''}", flush=True)
    return failed


def main() -> int:
    """Print the measurements and return the exit status."""
    parser = argparse.ArgumentParser(prog="questions", description="Ask a dashboard's questions.")
    parser.add_argument("database", help="a folder with a SQLite database, or the URL of one")
    options = parser.parse_args()
    is_url = "://" in options.database
    folder = Path(options.database).resolve()
    return asyncio.run(ask(options.database if is_url else f"sqlite://{folder}/erikti.db")) > 0


if __name__ == "__main__":
    sys.exit(main())
