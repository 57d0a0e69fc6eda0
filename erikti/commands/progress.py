"""Progress of long commands: a bar on a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

INTERVAL = 10.0  # seconds between two lines
# Takes the step, the number of processed items, and their share of the total (None if unknown).
Update = Callable[[str, int, float | None], None]


@contextmanager
def progress(unit: str) -> Iterator[Update]:
    """Return a function to call with the progress, which is shown on standard error."""
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

        def update(what: str, count: int, share: float | None) -> None:
            total = None if share is None else 1.0
            bar.update(task, description=what, count=count, completed=share or 0, total=total)

        yield update


def _lines(unit: str) -> Update:
    due = 0.0

    def update(what: str, count: int, share: float | None) -> None:
        nonlocal due
        if time.monotonic() >= due:
            part = "" if share is None else f", {share:.0%}"
            typer.echo(f"{what}: {count:,} {unit}{part}", err=True)
            due = time.monotonic() + INTERVAL

    return update
