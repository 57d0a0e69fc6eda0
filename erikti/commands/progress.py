"""How far long work is: a bar on a terminal, and else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

INTERVAL = 10.0  # seconds between two lines
# What is being done, how many are done, and which share of the whole, None where that is not known.
Tell = Callable[[str, int, float | None], None]


@contextmanager
def progress(unit: str) -> Iterator[Tell]:
    """What to call with how far the work is; it is shown on standard error."""
    if not sys.stderr.isatty():
        yield _lines(unit)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.fields[count]:,}} {unit}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, count=0)

        def tell(what: str, count: int, share: float | None) -> None:
            total = None if share is None else 1.0
            bar.update(task, description=what, count=count, completed=share or 0, total=total)

        yield tell


def _lines(unit: str) -> Tell:
    due = 0.0

    def tell(what: str, count: int, share: float | None) -> None:
        nonlocal due
        if time.monotonic() >= due:
            part = "" if share is None else f", {share:.0%}"
            typer.echo(f"{what}: {count:,} {unit}{part}", err=True)
            due = time.monotonic() + INTERVAL

    return tell
