"""The commands ``erikti people merge|unmerge|merged``."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from strawberry.relay import from_base64

from erikti.commands.database import PATIENT, configured, edited, prepared, run
from erikti.commands.errors import CommandError
from erikti.database.connection import Database
from erikti.settings import Settings
from erikti.writing import merging
from erikti.writing.merging import MergeError
from models.changes import ChangeSet
from models.global_ids import encoded
from models.merged_people import MergedPerson
from models.people import PersonSource

T = TypeVar("T")
PersonArgument = Annotated[str, typer.Argument(help="A global ID, or SYSTEM/IDENTIFIER.")]
MergedArgument = Annotated[
    str, typer.Argument(help="The global ID of the record that was merged.", metavar="MERGED")
]
ReasonOption = Annotated[
    str, typer.Option(help="Why, such as the number of a request, without personal data.")
]
app = typer.Typer(add_completion=False, help="Merge two records of one person, and undo it.")


@app.command("merge")
def merge_command(kept: PersonArgument, merged: PersonArgument, reason: ReasonOption) -> None:
    """Merge the record MERGED into KEPT, whose blank values it fills; its ID keeps finding KEPT."""
    origin = edited("people merge", reason)

    async def work() -> tuple[UUID, UUID]:
        ids = await _found(kept), await _found(merged)
        await merging.merge(*ids, origin, PATIENT)
        return ids

    first, second = _done(work)
    typer.echo(f"merged: {encoded('Person', second)} is {encoded('Person', first)} now")


@app.command("unmerge")
def unmerge_command(merged: MergedArgument, reason: ReasonOption) -> None:
    """Undo the merge of a record; rows and changed values since stay with the other one."""
    id_, origin = _parsed(merged), edited("people unmerge", reason)
    kept = _done(lambda: merging.unmerge(id_, origin, PATIENT))
    typer.echo(f"two people again: {encoded('Person', kept)} and {encoded('Person', id_)}")


@app.command("merged")
def merged_command() -> None:
    """List the merges: the record that was merged, the one that was kept, when and why."""
    table = Table("merged", "kept", "at (UTC)", "reason")
    for found, made in _done(_merges):
        at = "" if made.committed_at is None else f"{made.committed_at:%Y-%m-%d %H:%M}"
        ids = (encoded("Person", id_) for id_ in (found.id, found.person_id))
        table.add_row(*map(Text, (*ids, at, made.reason or "")))
    Console().print(table)


async def _merges() -> list[tuple[MergedPerson, ChangeSet]]:
    found = await MergedPerson.all().order_by("change_set")
    made = await ChangeSet.in_bulk({item.change_set for item in found}, "id")
    return [(item, made[item.change_set]) for item in found]


async def _found(person: str) -> UUID:
    """Return the ID of a person; raises CommandError if the argument names none."""
    system, slash, identifier = person.partition("/")
    if not slash:
        return _parsed(person)
    source = await PersonSource.get_or_none(system=system, identifier=identifier)
    if source is None:
        raise CommandError(f"{person}: no person has this source")
    return source.person_id


def _parsed(text: str) -> UUID:
    """Return the UUID in the global ID of a person; raises CommandError."""
    with suppress(ValueError):
        name, key = from_base64(text)
        if name == "Person":
            return UUID(key)
    raise CommandError(f"{text}: not the global ID of a person")


def _done(work: Callable[[], Awaitable[T]]) -> T:
    settings = configured()
    return run(settings, _opened(settings, work))


async def _opened(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    await prepared(settings)
    async with Database(settings.database_url):
        try:
            return await work()
        except MergeError as error:
            raise CommandError(str(error)) from error
