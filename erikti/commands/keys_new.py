"""The command ``erikti keys new``, which needs no database."""

from typing import Annotated

import typer

from erikti.sealing import new_entry

app = typer.Typer(add_completion=False)
NameArgument = Annotated[str | None, typer.Argument(help="Its ID; by default a random one.")]


@app.command("new")
def new(name: NameArgument = None) -> None:
    """Print a new key, to be put first in ERIKTI_KEYS or in the file of keys."""
    typer.echo(new_entry(name))
