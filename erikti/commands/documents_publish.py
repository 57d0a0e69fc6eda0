"""The command ``erikti documents publish``."""

from pathlib import Path
from typing import Annotated

import typer

from erikti.commands.documents_shared import audience, named, on_current, prepared
from erikti.settings import Settings
from erikti.trusted_documents.files import DocumentsError, read
from erikti.trusted_documents.review import reviewed
from models.trusted_documents import EVERYONE, publish
from schema import schema
from schema.engine.engine import Engine

LONGEST = 200  # characters of a client's ID
FilesArgument = Annotated[
    list[Path], typer.Argument(help="GraphQL documents, or manifests in JSON.")
]
ForOption = Annotated[
    str | None, typer.Option("--client", help="Only for this client; by default for everyone.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Publish revoked documents again.")]
app = typer.Typer(add_completion=False)


@app.command("publish")
def publish_command(
    files: FilesArgument, client: ForOption = None, again: AgainOption = False
) -> None:
    """Publish the documents in files, all or none; repeating it changes nothing."""
    settings = prepared()
    typer.echo(_publish(settings, files, _client(client), again))


def _publish(settings: Settings, files: list[Path], client: str, again: bool) -> str:
    found = reviewed(
        (document for file in files for document in read(file)), Engine(schema, settings.limits)
    )
    new, revoked = on_current(settings, publish(found, client, again))
    if revoked and not again:
        names = "\n".join(named(item) for item in revoked)
        raise DocumentsError(
            f"these were revoked:\n{names}\nnothing was published: use --again to publish them"
        )
    return f"{new:,} published for {audience(client)}, {len(found) - new:,} already published"


def _client(client: str | None) -> str:
    if client is None:
        return EVERYONE
    if not 0 < len(client) <= LONGEST or client == EVERYONE or not client.isprintable():
        raise DocumentsError(f"--client: give the ID of a client, at most {LONGEST} characters")
    return client
