"""The command ``erikti import``."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from erikti.commands.database import configured, invalidate, prepared, run, waits
from erikti.commands.errors import INTERRUPTED, CommandError
from erikti.commands.progress import progress
from erikti.database.connection import Database
from erikti.database.errors import BusyError
from erikti.database.write_lock import LockTimeout
from erikti.importers.engine import KINDS, OnError, busy_error
from erikti.importers.files import load_file
from erikti.importers.report import Report, ReportFile, UnwritableReportError
from erikti.settings import Settings
from erikti.writing.problems import Problem, UnusableFileError

MISUSED = 2
SCREENFUL = 20
KindName = StrEnum("KindName", {name.upper(): name for name in KINDS})  # type: ignore[misc]


class OnErrorChoice(StrEnum):
    """The treatment of the valid rows of a file with invalid ones."""

    REJECT = "reject"
    SKIP = "skip"


KindArgument = Annotated[KindName, typer.Argument(help="The kind of records in the file.")]
FileArgument = Annotated[Path, typer.Argument(help="A CSV, XLSX, JSON or JSON Lines file.")]
OnErrorOption = Annotated[
    OnErrorChoice, typer.Option(help="Reject the whole file for an invalid row, or skip the row.")
]
SystemOption = Annotated[str | None, typer.Option(help="The source_system of rows without one.")]
EncodingOption = Annotated[
    str | None,
    typer.Option(help="The encoding of a CSV file that is not UTF-8, such as windows-1251."),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(help="The file for the report; by default a new file in ERIKTI_DATA/imports."),
]
WaitOption = Annotated[
    float, typer.Option(min=0, help="Seconds to wait for another import to end.")
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
    wait: WaitOption = 600,
) -> None:
    """Import a file of records; importing the same file again changes nothing.

    Exits with 0 if all rows were imported, with 1 if rows were rejected, with 2 if the file or
    the database cannot be used, and with 130 if it was interrupted, which leaves the database
    unchanged.
    """
    settings = configured()
    path = report or _report_path(settings.data, kind.value)
    outcome = Report(kind.value, on_error.value)
    request = _Request(kind.value, file, on_error.value, system, encoding, wait)
    try:
        with ReportFile(path) as report_file:
            try:
                outcome = _imported(settings, request, report_file)
            except KeyboardInterrupt:
                outcome.failure = UnusableFileError("INTERRUPTED", "nothing was changed")
                raise typer.Exit(INTERRUPTED) from None
            finally:
                show(outcome, path)
                report_file.finish(outcome)
    except UnwritableReportError as error:
        typer.echo(f"the report is incomplete: {error}", err=True)
        raise typer.Exit(outcome.exit_code if outcome.committed else MISUSED) from None
    finally:
        if outcome.committed:
            # Even if nothing changed: repeating an import makes up for a failed invalidation.
            run(settings, invalidate(settings, KINDS[kind.value].written))
    raise typer.Exit(outcome.exit_code)


class _Request(NamedTuple):
    """The arguments of an import."""

    kind: str
    file: Path
    on_error: OnError
    system: str | None
    encoding: str | None
    wait: float


def _imported(settings: Settings, request: _Request, report_file: ReportFile) -> Report:
    outcome = Report(request.kind, request.on_error)
    try:
        return run(settings, _import(settings, request, report_file))
    except CommandError as refusal:
        outcome.failure = UnusableFileError("DATABASE_UNUSABLE", str(refusal))
    except BusyError as error:
        outcome.failure = busy_error(error)
    return outcome


async def _import(settings: Settings, request: _Request, report_file: ReportFile) -> Report:
    patience = LockTimeout(request.wait, waits)
    await prepared(settings, patience)
    size = request.file.stat().st_size if request.file.is_file() else 0
    with progress("rows") as update:
        async with Database(settings.database_url):
            return await load_file(
                request.kind,
                request.file,
                on_error=request.on_error,
                progress=lambda rows, done: update(
                    request.kind, rows, done / size if size else None
                ),
                system=request.system,
                encoding=request.encoding,
                report_file=report_file,
                patience=patience,
            )


def _report_path(data: Path, kind: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    # Imports that start together must not write to the same file.
    return data / "imports" / f"{moment}-{token_hex(4)}-{kind}.json"


def show(report: Report, path: Path) -> None:
    """Print a report: the counts of rows and the first problems."""
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
