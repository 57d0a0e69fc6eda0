"""The command ``erikti keys new``: it needs no database."""

from typing import Annotated

import typer

from erikti.sealing import new_entry

app = typer.Typer(add_completion=False)
NameArgument = Annotated[str | None, typer.Argument(help="Its id: one is made up by default.")]


@app.command("new")
def new(name: NameArgument = None) -> None:
    """Print a fresh key; put it in front of ERIKTI_KEYS or on top of the file of keys."""
    typer.echo(new_entry(name))
