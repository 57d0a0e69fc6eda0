"""The commands ``erikti documents publish``, ``list`` and ``revoke``."""

import re
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from commands.database import configured, migrated, refuse_older, run
from documents.files import PREFIX, DocumentsError, read
from documents.manifest import SECONDS
from documents.review import reviewed
from models.database import opened
from models.documents import (
    EVERYONE,
    TrustedDocument,
    beginning_with,
    listed,
    publish,
    revoke,
)
from schema import schema
from settings import Settings

T = TypeVar("T")
DIGITS = re.compile(r"[0-9a-f]{1,64}")
SHOWN = 16  # digits of a hash in the table
LONGEST = 200  # characters of a client's id
AMBIGUOUS = 3  # documents that are named where a prefix fits several

FilesArgument = Annotated[
    list[Path], typer.Argument(help="GraphQL documents, or manifests in JSON.")
]
ForOption = Annotated[
    str | None, typer.Option("--client", help="For this client alone; by default for everyone.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Publish those that were revoked too.")]
OfOption = Annotated[
    str | None, typer.Option("--client", help="What this client may run; by default everything.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Show those that were revoked too.")]
IdArgument = Annotated[str, typer.Argument(help="The id, or the first digits of it.")]
FromOption = Annotated[str | None, typer.Option("--client", help="Take it from this client alone.")]
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The documents that clients may ask for by id.",
)


@app.command("publish")
def publish_command(
    files: FilesArgument, client: ForOption = None, again: AgainOption = False
) -> None:
    """Publish the documents in files, all or none; the same twice changes nothing."""
    typer.echo(_publish(_settings(), files, _client(client), again))


@app.command("list")
def list_command(client: OfOption = None, revoked: AllOption = False) -> None:
    """Show what is published."""
    _show(_run(_settings(), listed(client, revoked)), revoked)


@app.command("revoke")
def revoke_command(document: IdArgument, client: FromOption = None) -> None:
    """Let a document be run by its id no more."""
    typer.echo(_revoke(_settings(), document, client))


def _settings() -> Settings:
    """The settings; their limits hold for the schema, and an embedded database is up to date."""
    settings = configured()
    schema.limit(settings.limits)
    if settings.embedded:
        run(settings, migrated(settings))
    return settings


def _publish(settings: Settings, files: list[Path], client: str, again: bool) -> str:
    found = reviewed(document for file in files for document in read(file))
    new, revoked = _run(settings, publish(found, client, again))
    if revoked and not again:
        names = "\n".join(_named(item) for item in revoked)
        raise DocumentsError(
            f"these were revoked:\n{names}\nnothing was published: say --again to publish them"
        )
    return f"{new:,} published for {_whom(client)}, {len(found) - new:,} were there already"


def _revoke(settings: Settings, document: str, client: str | None) -> str:
    found = _run(settings, beginning_with(_digits(document)))
    if len({item.sha256 for item in found}) > 1:
        names = "\n".join(_named(item) for item in found[:AMBIGUOUS])
        raise DocumentsError(f"{document} fits several documents, such as:\n{names}")
    known = [item for item in found if client in (None, item.client)]
    if not known:
        whom = f" for the client {client}" if client and found else ""
        raise DocumentsError(f"no document {document} was published{whom}")
    live = [item for item in known if item.revoked_at is None]
    if not live:
        return f"{_named(known[0])} was revoked already"
    _run(settings, revoke(live[0].sha256, [item.client for item in live]))
    whom = ", ".join(_whom(item.client) for item in live)
    return f"{_named(live[0])} is revoked for {whom}: every server knows within {SECONDS:g} s"


def _run(settings: Settings, work: Coroutine[Any, Any, T]) -> T:
    return run(settings, _on_current(settings, work))


async def _on_current(settings: Settings, work: Coroutine[Any, Any, T]) -> T:
    async with opened(settings.database_url):
        try:
            await refuse_older(settings)
        except Exception:
            work.close()  # or Python warns that it was never awaited
            raise
        return await work


def _show(found: list[TrustedDocument], revoked: bool) -> None:
    table = Table("id", "operation", "client", "published", *(["revoked"] if revoked else []))
    for item in found:
        shown = [item.sha256[:SHOWN], item.operations or "-", _whom(item.client)]
        shown.append(_moment(item.published_at))
        table.add_row(*shown, *([_moment(item.revoked_at)] if revoked else []))
    Console().print(table)


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


def _named(item: TrustedDocument) -> str:
    return f"{PREFIX}{item.sha256}" + (f" ({item.operations})" if item.operations else "")


def _whom(client: str) -> str:
    return "everyone" if client == EVERYONE else client


def _client(client: str | None) -> str:
    if client is None:
        return EVERYONE
    if not 0 < len(client) <= LONGEST or client == EVERYONE or not client.isprintable():
        raise DocumentsError(f"--client: give the id of a client, {LONGEST} characters at most")
    return client


def _digits(document: str) -> str:
    digits = document.removeprefix(PREFIX)
    if not DIGITS.fullmatch(digits):
        raise DocumentsError(f"{document!r} is no id: give {PREFIX} and hexadecimal digits")
    return digits
