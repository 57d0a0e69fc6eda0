"""The command ``erikti import``."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from commands.database import configured, drop_answers, prepared, run
from importers.engine import KINDS
from importers.files import load_file
from importers.problems import Problem, UnusableFileError
from importers.report import Report, ReportFile
from models.database import opened

INTERRUPTED = 130
SCREENFUL = 20
KindName = StrEnum("KindName", {name.upper(): name for name in KINDS})  # type: ignore[misc]


class OnErrorChoice(StrEnum):
    """What happens to the good rows of a file that has wrong ones."""

    REJECT = "reject"
    SKIP = "skip"


KindArgument = Annotated[KindName, typer.Argument(help="What the rows of the file are.")]
FileArgument = Annotated[Path, typer.Argument(help="A CSV, XLSX, JSON or JSON Lines file.")]
OnErrorOption = Annotated[
    OnErrorChoice, typer.Option(help="Wrong rows keep the whole file out, or only themselves.")
]
SystemOption = Annotated[
    str | None, typer.Option(help="The source_system of rows that do not name one.")
]
EncodingOption = Annotated[
    str | None, typer.Option(help="Of a CSV file that is not UTF-8, such as windows-1251.")
]
ReportOption = Annotated[
    Path | None, typer.Option(help="Where the report goes; a folder of its own by default.")
]
app = typer.Typer(add_completion=False)


@app.command("import")
def import_file(
    kind: KindArgument,
    file: FileArgument,
    on_error: OnErrorOption = OnErrorChoice.REJECT,
    system: SystemOption = None,
    encoding: EncodingOption = None,
    report: ReportOption = None,
) -> None:
    """Import a file of records; the same file twice changes nothing.

    Exits with 0 when all rows are in, with 1 when rows were rejected, with 2 when the
    file cannot be used, and with 130 when it was interrupted: then nothing changed.
    """
    settings = configured()
    run(prepared(settings))
    path = report or _report_path(settings.data, kind.value)
    with ReportFile(path) as report_file:
        outcome = Report(kind.value, on_error.value)
        try:
            size = file.stat().st_size if file.is_file() else None
            asked = (kind, file, size, on_error, system, encoding, report_file)
            outcome = run(_import(settings.database_url, *asked))
        except KeyboardInterrupt:
            outcome.failure = UnusableFileError("INTERRUPTED", "nothing was changed")
            raise typer.Exit(INTERRUPTED) from None
        finally:
            report_file.finish(outcome)
            show(outcome, path)
    if outcome.committed:
        # Even where nothing changed: a second import makes up for a drop that was lost.
        run(drop_answers(settings, KINDS[kind.value].written))
    raise typer.Exit(outcome.exit_code)


async def _import(
    database_url: str,
    kind: KindName,
    file: Path,
    size: int | None,
    on_error: OnErrorChoice,
    system: str | None,
    encoding: str | None,
    report_file: ReportFile,
) -> Report:
    with _progress() as bar:
        task = bar.add_task(kind.value, total=size, rows=0)
        async with opened(database_url):
            return await load_file(
                kind.value,
                file,
                on_error=on_error.value,
                progress=lambda rows, done: bar.update(task, completed=done, rows=rows),
                system=system,
                encoding=encoding,
                report_file=report_file,
            )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _report_path(data: Path, kind: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return data / "imports" / f"{moment}-{kind}.json"


def show(report: Report, path: Path) -> None:
    """Print a report: what became of the rows, and the first problems."""
    screen = Console()
    if report.failure is not None:
        screen.print(Text(str(report.failure)), style="red")
    counts = Table("accepted", "updated", "unchanged", "rejected", "warnings")
    numbers = (report.accepted, report.updated, report.unchanged, report.rejected, report.warned)
    counts.add_row(*(f"{number:,}" for number in numbers))
    screen.print(counts)
    if report.problems:
        screen.print(_listed("Rejected", report.problems))
    if report.warnings:
        screen.print(_listed("Warnings", report.warnings))
    if not report.committed:
        screen.print("Nothing was changed in the database.")
    screen.print(Text(f"Report: {path}"), soft_wrap=True)


def _listed(title: str, problems: Iterable[Problem]) -> Table:
    table = Table("row", "column", "value", "code", "reason", title=title, title_justify="left")
    for problem in list(problems)[:SCREENFUL]:
        cells = (str(problem.row), problem.column or "", problem.value)
        table.add_row(*map(Text, (*cells, problem.code, problem.reason)))
    return table
