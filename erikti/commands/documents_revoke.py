"""The command ``erikti documents revoke``."""

import re
from typing import Annotated

import typer

from erikti.commands.documents_shared import audience, named, on_current, prepared
from erikti.settings import Settings
from erikti.trusted_documents.files import PREFIX, DocumentsError
from erikti.trusted_documents.manifest import SECONDS
from models.trusted_documents import beginning_with, revoke

DIGITS = re.compile(r"[0-9a-f]{1,64}")
AMBIGUOUS = 3  # documents that are listed if a prefix matches several
IdArgument = Annotated[str, typer.Argument(help="The ID, or the first digits of it.")]
FromOption = Annotated[str | None, typer.Option("--client", help="Revoke it only for this client.")]
app = typer.Typer(add_completion=False)


@app.command("revoke")
def revoke_command(document: IdArgument, client: FromOption = None) -> None:
    """Revoke a document, so that it cannot be run by ID."""
    typer.echo(_revoke(prepared(), document, client))


def _revoke(settings: Settings, document: str, client: str | None) -> str:
    found = on_current(settings, beginning_with(_digits(document)))
    if len({item.sha256 for item in found}) > 1:
        names = "\n".join(named(item) for item in found[:AMBIGUOUS])
        raise DocumentsError(f"{document} matches several documents, such as:\n{names}")
    known = [item for item in found if client in (None, item.client)]
    if not known:
        of = f" for the client {client}" if client and found else ""
        raise DocumentsError(f"no document {document} was published{of}")
    live = [item for item in known if item.revoked_at is None]
    if not live:
        return f"{named(known[0])} is already revoked"
    on_current(settings, revoke(live[0].sha256, [item.client for item in live]))
    clients = ", ".join(audience(item.client) for item in live)
    return f"{named(live[0])} is revoked for {clients}; in effect everywhere within {SECONDS:g} s"


def _digits(document: str) -> str:
    digits = document.removeprefix(PREFIX)
    if not DIGITS.fullmatch(digits):
        raise DocumentsError(f"{document!r} is not an ID: give {PREFIX} and hexadecimal digits")
    return digits
