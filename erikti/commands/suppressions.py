"""The commands ``erikti suppressions add|list|remove``."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from erikti.commands.database import PATIENT, configured, prepared, run
from erikti.commands.errors import CommandError
from erikti.database.connection import Database
from erikti.settings import Settings
from erikti.writing import identifiers
from erikti.writing.problems import InvalidError
from models import suppressions
from models.suppressions import SuppressionKeyError, by_iin, by_source

T = TypeVar("T")
ReasonOption = Annotated[
    str, typer.Option(help="A reference, such as the number of a request, without personal data.")
]
app = typer.Typer(
    add_completion=False,
    help="List erased people, by keyed hashes, whom imports must not record again.",
)


@app.command("add")
def add_command(reason: ReasonOption) -> None:
    """Add the people on standard input: an IIN, or SYSTEM/IDENTIFIER, on each line.

    People who are recorded stay recorded.
    """
    people = _people()
    new = _done(lambda key: suppressions.add(key, people, reason, PATIENT))
    typer.echo(f"{new:,} added, {len(people) - new:,} already listed")


@app.command("list")
def list_command() -> None:
    """List the entries: a keyed hash, the day and the reason."""
    table = Table("hash", "added", "reason")
    for entry in _done(suppressions.listed):
        table.add_row(entry.hash, str(entry.added_on), Text(entry.reason))
    Console().print(table)


@app.command("remove")
def remove_command() -> None:
    """Remove the people on standard input: an IIN, or SYSTEM/IDENTIFIER, on each line."""
    people = _people()
    gone = _done(lambda key: suppressions.remove(key, people, PATIENT))
    typer.echo(f"{gone:,} removed, {len(people) - gone:,} not listed")


def _people() -> set[str]:
    """Return the people on standard input; raises CommandError for an invalid line.

    They are not arguments, which other users of the machine can see.
    """
    lines = {number: line.strip() for number, line in enumerate(sys.stdin, 1) if line.strip()}
    if not lines:
        raise CommandError("standard input is empty: give an IIN or SYSTEM/IDENTIFIER on each line")
    return {_person(number, line) for number, line in lines.items()}


def _person(number: int, line: str) -> str:
    system, slash, identifier = line.partition("/")
    if slash and system and identifier:
        return by_source(system, identifier)
    try:
        return by_iin(identifiers.iin(line))
    except InvalidError as error:
        raise CommandError(
            f"line {number}: neither SYSTEM/IDENTIFIER nor an IIN: {error}"
        ) from None


def _done(work: Callable[[bytes], Awaitable[T]]) -> T:
    """Do something with the list, by the key that hashes people."""
    settings = configured()
    return run(settings, _opened(settings, work))


async def _opened(settings: Settings, work: Callable[[bytes], Awaitable[T]]) -> T:
    await prepared(settings)
    async with Database(settings.database_url):
        try:
            return await work(settings.person_key())
        except SuppressionKeyError as error:
            raise CommandError(str(error)) from error
