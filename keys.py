"""The commands ``erikti keys new|status|rotate``."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.database import opened
from models.migrate import pending
from models.rotation import Rotated, rotate, status
from models.sealed import keyring
from sealing import HASH, SealingError, new_entry

NameArgument = Annotated[str | None, typer.Argument(help="Its id: one is made up by default.")]


def keys_app(place: Callable[[], str]) -> typer.Typer:
    """The commands, for the database whose URL ``place`` gives when one of them runs."""
    app = typer.Typer(no_args_is_help=True, help="The keys that personal data is sealed under.")

    @app.command("new")
    def new(name: NameArgument = None) -> None:
        """Print a fresh key; put it in front of ERIKTI_KEYS or on top of the file of keys."""
        typer.echo(new_entry(name))

    @app.command("status")
    def show() -> None:
        """Tell how many values are sealed under which key."""
        found = asyncio.run(_status(place()))
        table = Table("key", "values", "")
        ring = keyring()
        for name in sorted({ring.current, *found}):
            note = (
                "current" if name == ring.current else "" if name in ring else "not in ERIKTI_KEYS"
            )
            table.add_row(name, f"{found[name]:,}", note)
        Console().print(table)

    @app.command("rotate")
    def bring() -> None:
        """Seal everything under the first key of ERIKTI_KEYS, while the server serves.

        It can be cut off at any point and run again. Exits with 1 where a value is unreadable.
        """
        outcome = asyncio.run(_rotate(place()))
        for line in _told(outcome, keyring().current):
            typer.echo(line)
        if outcome.unreadable:
            raise typer.Exit(1)

    return app


def _told(outcome: Rotated, current: str) -> list[str]:
    lines = [f"{outcome.values:,} values sealed under the key {current!r}"]
    if outcome.hashes:
        lines.append(f"{outcome.hashes:,} hashes made with the new key {HASH!r}")
    if outcome.unreadable:
        listed = ", ".join(map(str, sorted(outcome.unreadable)[:20]))
        lines.append(f"{len(outcome.unreadable):,} people have unreadable values: {listed}")
    else:
        lines.append(f"no value is under another key: ERIKTI_KEYS needs {current!r} and {HASH!r}")
    return lines


async def _status(url: str) -> Counter[str]:
    async with opened(url):
        await _refuse_older(url)
        return await status()


async def _rotate(url: str) -> Rotated:
    columns = (
        TextColumn("people"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("people", total=0)
        async with opened(url):
            await _refuse_older(url)
            return await rotate(lambda done, all_: bar.update(task, completed=done, total=all_))


async def _refuse_older(url: str) -> None:
    if await pending(url):
        raise SealingError("the database is older than this version: run erikti migrate")
