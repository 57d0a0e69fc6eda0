"""The command ``erikti import``."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from erikti.commands.database import configured, drop_answers, prepared, run, waits
from erikti.commands.errors import INTERRUPTED, CommandError
from erikti.commands.progress import progress
from erikti.database.connection import opened
from erikti.database.errors import BusyError
from erikti.database.write_lock import LockTimeout
from erikti.importers.engine import KINDS, OnError, busy
from erikti.importers.files import load_file
from erikti.importers.report import Report, ReportFile, UnwritableReportError
from erikti.settings import Settings
from erikti.writing.problems import Problem, UnusableFileError

MISUSED = 2
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
WaitOption = Annotated[
    float, typer.Option(min=0, help="How many seconds to wait for another import to end.")
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
    """Import a file of records; the same file twice changes nothing.

    Exits with 0 when all rows are in, with 1 when rows were rejected, with 2 when the
    file or the database cannot be used, and with 130 when it was interrupted: then nothing
    changed.
    """
    settings = configured()
    path = report or _report_path(settings.data, kind.value)
    outcome = Report(kind.value, on_error.value)
    asked = _Asked(kind.value, file, on_error.value, system, encoding, wait)
    try:
        with ReportFile(path) as report_file:
            try:
                outcome = _imported(settings, asked, report_file)
            except KeyboardInterrupt:
                outcome.failure = UnusableFileError("INTERRUPTED", "nothing was changed")
                raise typer.Exit(INTERRUPTED) from None
            finally:
                show(outcome, path)
                report_file.finish(outcome)
    except UnwritableReportError as error:
        typer.echo(f"there is no whole report: {error}", err=True)
        raise typer.Exit(outcome.exit_code if outcome.committed else MISUSED) from None
    finally:
        if outcome.committed:
            # Even where nothing changed: a second import makes up for a drop that was lost.
            run(settings, drop_answers(settings, KINDS[kind.value].written))
    raise typer.Exit(outcome.exit_code)


class _Asked(NamedTuple):
    """What is to be imported, and how."""

    kind: str
    file: Path
    on_error: OnError
    system: str | None
    encoding: str | None
    wait: float


def _imported(settings: Settings, asked: _Asked, report_file: ReportFile) -> Report:
    outcome = Report(asked.kind, asked.on_error)
    try:
        return run(settings, _import(settings, asked, report_file))
    except CommandError as refusal:
        outcome.failure = UnusableFileError("DATABASE_UNUSABLE", str(refusal))
    except BusyError as error:
        outcome.failure = busy(error)
    return outcome


async def _import(settings: Settings, asked: _Asked, report_file: ReportFile) -> Report:
    patience = LockTimeout(asked.wait, waits)
    await prepared(settings, patience)
    size = asked.file.stat().st_size if asked.file.is_file() else 0
    with progress("rows") as tell:
        async with opened(settings.database_url):
            return await load_file(
                asked.kind,
                asked.file,
                on_error=asked.on_error,
                progress=lambda rows, done: tell(asked.kind, rows, done / size if size else None),
                system=asked.system,
                encoding=asked.encoding,
                report_file=report_file,
                patience=patience,
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
