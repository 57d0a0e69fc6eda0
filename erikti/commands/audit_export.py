"""The command ``erikti audit export``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from erikti.audit.export import export
from erikti.audit.signing_key import signing_key
from erikti.commands.audit_shared import failures
from erikti.settings import Settings, from_environment

FolderArgument = Annotated[Path, typer.Argument(help="A folder, which must not exist yet.")]
app = typer.Typer(add_completion=False)


@app.command("export")
def export_command(folder: FolderArgument) -> None:
    """Write entries, checkpoints and public key to a folder, for verification elsewhere."""
    with failures():
        typer.echo(f"{_export(from_environment(), folder):,} entries in {folder}")


def _export(where: Settings, folder: Path) -> int:
    key = signing_key(where.audit_key)
    return asyncio.run(export(where.database_url, where.checkpoints, key, folder))
