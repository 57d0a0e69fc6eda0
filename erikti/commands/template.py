"""The command ``erikti template``."""

from pathlib import Path
from typing import Annotated

import typer

from erikti.commands.errors import CommandError
from erikti.commands.import_ import KindArgument
from erikti.importers import templates
from erikti.importers.engine import KINDS
from models.people import Language

app = typer.Typer(add_completion=False)

OutputOption = Annotated[
    Path | None, typer.Option("--output", help="The file to write; by default KIND.xlsx.")
]
LanguageOption = Annotated[
    Language, typer.Option(help="The language of lists and help; headings are in all three.")
]


@app.command("template")
def template(
    kind: KindArgument, output: OutputOption = None, language: LanguageOption = Language.EN
) -> None:
    """Write an XLSX template for files of a kind, with lists of values and an example row."""
    path = output or Path(f"{kind.value}.xlsx")
    try:
        with path.open("wb") as stream:
            templates.write(KINDS[kind.value], language.value, stream)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    typer.echo(f"wrote {path}")
