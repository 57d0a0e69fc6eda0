"""The command ``erikti import``."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from erikti.commands.database import configured, imported, prepared, run, waits
from erikti.commands.errors import INTERRUPTED, CommandError
from erikti.commands.progress import progress
from erikti.database.connection import Database
from erikti.database.errors import BusyError
from erikti.database.write_lock import LockTimeout
from erikti.importers.engine import KINDS, OnError, busy_error
from erikti.importers.files import load_file
from erikti.importers.report import Report, ReportFile, UnwritableReportError
from erikti.labels import problem_texts, report_words
from erikti.settings import Settings
from erikti.writing.problems import Problem, UnusableFileError
from erikti.zones import time_zone
from models.people import Language

MISUSED = 2
SCREENFUL = 20
KindName = StrEnum("KindName", {name.upper(): name for name in KINDS})  # type: ignore[misc]


class OnErrorChoice(StrEnum):
    """The treatment of the valid rows of a file with invalid ones."""

    REJECT = "reject"
    SKIP = "skip"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone(name))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


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
SheetOption = Annotated[
    str | None,
    typer.Option(help="The sheet of an XLSX file; by default the first visible one."),
]
ZoneOption = Annotated[
    ZoneInfo | None,
    typer.Option(
        "--time-zone",
        parser=_zone,
        metavar="NAME",
        help="The time zone of times without an offset; by default ERIKTI_TIME_ZONE.",
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(help="The file for the report; by default a new file in ERIKTI_DATA/imports."),
]
WaitOption = Annotated[
    float, typer.Option(min=0, help="Seconds to wait for another import to end.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Report what the import would change, changing nothing.")
]
LanguageOption = Annotated[
    Language, typer.Option(help="The language of headings and reasons in the report.")
]
ReasonOption = Annotated[
    str | None, typer.Option(help="Why the records change, for the list of change sets.")
]
app = typer.Typer(add_completion=False)


@app.command("import")
def import_file(
    kind: KindArgument,
    file: FileArgument,
    on_error: OnErrorOption = OnErrorChoice.REJECT,
    system: SystemOption = None,
    encoding: EncodingOption = None,
    zone: ZoneOption = None,
    sheet: SheetOption = None,
    report: ReportOption = None,
    wait: WaitOption = 600,
    dry_run: DryRunOption = False,
    language: LanguageOption = Language.EN,
    reason: ReasonOption = None,
) -> None:
    """Import a file of records; importing the same file again changes nothing.

    Exits with 0 if all rows were imported, with 1 if rows were rejected, with 2 if the file or
    the database cannot be used, and with 130 if it was interrupted, which leaves the database
    unchanged.
    """
    settings = configured()
    path = report or _report_path(settings.data, kind.value)
    request = _Request(
        kind.value, file, on_error.value, system, encoding, zone, sheet, wait, dry_run, reason
    )
    raise typer.Exit(_reported(settings, request, path, language))


class _Request(NamedTuple):
    """The arguments of an import."""

    kind: str
    file: Path
    on_error: OnError
    system: str | None
    encoding: str | None
    zone: ZoneInfo | None
    sheet: str | None
    wait: float
    dry_run: bool
    reason: str | None


def _reported(settings: Settings, request: _Request, path: Path, language: Language) -> int:
    """Import a file, report it on screen and to ``path``, and return the exit code."""
    outcome = Report(request.kind, request.on_error, request.dry_run)
    try:
        with ReportFile(path, language) as report_file:
            try:
                outcome = _imported(settings, request, report_file)
            except KeyboardInterrupt:
                outcome.failure = UnusableFileError("INTERRUPTED", "nothing was changed")
                return INTERRUPTED
            finally:
                show(outcome, path, language)
                report_file.finish(outcome)
    except UnwritableReportError as error:
        typer.echo(f"the report is incomplete: {error}", err=True)
        return outcome.exit_code if outcome.committed else MISUSED
    return outcome.exit_code


def _imported(settings: Settings, request: _Request, report_file: ReportFile) -> Report:
    outcome = Report(request.kind, request.on_error, request.dry_run)
    try:
        return run(settings, _import(settings, request, report_file))
    except CommandError as refusal:
        outcome.failure = UnusableFileError("DATABASE_UNUSABLE", str(refusal))
    except BusyError as error:
        outcome.failure = busy_error(error)
    return outcome


async def _import(settings: Settings, request: _Request, report_file: ReportFile) -> Report:
    patience = LockTimeout(request.wait, waits)
    await prepared(settings, patience, may_migrate=not request.dry_run)
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
                zone=request.zone,
                sheet=request.sheet,
                precedence=settings.source_precedence,
                report_file=report_file,
                patience=patience,
                dry_run=request.dry_run,
                origin=imported("import", request.reason),
                person_key=settings.person_key(),
            )


def _report_path(data: Path, kind: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    # Imports that start together must not write to the same file.
    return data / "imports" / f"{moment}-{token_hex(4)}-{kind}.json"


def show(report: Report, path: Path, language: Language) -> None:
    """Print a report: the counts of rows and the first problems."""
    screen = Console()
    word = {name: labels.of(language) for name, labels in report_words().items()}
    if report.failure is not None:
        if language != Language.EN:
            screen.print(Text(problem_texts()[report.failure.code].of(language)), style="red")
        screen.print(Text(str(report.failure)), style="red")
    names = ("accepted", "updated", "unchanged", "rejected", "warnings")
    counts = Table(*(word[name] for name in names))
    numbers = (report.accepted, report.updated, report.unchanged, report.rejected, report.warned)
    counts.add_row(*(f"{number:,}" for number in numbers))
    screen.print(counts)
    if report.sheet is not None:
        screen.print(Text(f"{word['sheet']}: {report.sheet}"))
    if report.problems:
        screen.print(_listed("rejected", report, report.problems, language))
    if report.warnings:
        screen.print(_listed("warnings", report, report.warnings, language))
    if report.dry_run:
        screen.print(f"{word['dry_run']}.")
    elif not report.committed:
        screen.print(f"{word['uncommitted']}.")
    screen.print(Text(f"{word['report']}: {path}"), soft_wrap=True)


def _listed(title: str, report: Report, found: Iterable[Problem], language: Language) -> Table:
    word = {name: labels.of(language) for name, labels in report_words().items()}
    names = ("line", "column", "value", "code", "reason")
    table = Table(*(word[name] for name in names), title=word[title], title_justify="left")
    for problem in list(found)[:SCREENFUL]:
        row = "" if problem.row is None else str(problem.row)
        reason = problem.reason
        if language != Language.EN:
            reason = f"{problem_texts()[problem.code].of(language)} ({reason})"
        heading = report.heading(problem, language.value)
        table.add_row(*map(Text, (row, heading, problem.value, problem.code, reason)))
    return table
