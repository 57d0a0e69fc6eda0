"""The command ``erikti audit public-key``."""

import typer

from erikti.commands.audit_shared import failures, own_key
from erikti.settings import from_environment

app = typer.Typer(add_completion=False)


@app.command("public-key")
def public_key_command() -> None:
    """Print the public key that verifies checkpoints."""
    with failures():
        typer.echo(own_key(from_environment().audit_key).decode(), nl=False)
