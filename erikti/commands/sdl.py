"""The command ``erikti sdl``."""

from datetime import date
from typing import Annotated

import typer
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from erikti.commands.errors import CommandError
from schema import RELEASED, SDL, schema
from schema.engine.api_schema import api_sdl
from schema.engine.deprecations import without_expired

app = typer.Typer(add_completion=False)


@app.command("sdl")
def sdl(
    check: Annotated[
        bool, typer.Option("--check", help="Only check that the committed SDL is current.")
    ] = False,
    api: Annotated[
        bool, typer.Option("--api", help="Print the SDL without federation, for client tools.")
    ] = False,
) -> None:
    """Write schema/schema.graphql from the schema."""
    if api:
        typer.echo(api_sdl(schema._schema), nl=False)
        return
    text = schema.subgraph() + "\n"
    if not check:
        SDL.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {SDL}")
        return
    if SDL.read_text(encoding="utf-8") != text:
        raise CommandError("schema/schema.graphql is outdated: run make docs")
    released = without_expired(RELEASED.read_text(encoding="utf-8"), date.today())
    changes = find_breaking_changes(
        build_schema(released, assume_valid_sdl=True), build_schema(text, assume_valid_sdl=True)
    )
    for change in changes:
        typer.echo(f"breaking: {change.description}", err=True)
    if changes:
        raise typer.Exit(1)
