"""Import of a file: CSV, XLSX, JSON or JSON Lines, by its extension."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from erikti.database.write_lock import FOREVER, LockTimeout
from erikti.importers import csv, json, xlsx
from erikti.importers.engine import IMPORT, KINDS, OnError, Options, run
from erikti.importers.report import Report, ReportFile
from erikti.importers.sources import EXAMPLE, Naming
from erikti.writing.batches import Row
from erikti.writing.problems import Problem, UnusableFileError
from models.changes import Origin

FileProgress = Callable[[int, int], None]

FORMATS = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson")


async def load_file(
    kind: str,
    path: Path,
    on_error: OnError = "reject",
    progress: FileProgress | None = None,
    system: str | None = None,
    encoding: str | None = None,
    zone: ZoneInfo | None = None,
    sheet: str | None = None,
    precedence: Sequence[str] = (),
    report_file: ReportFile | None = None,
    patience: LockTimeout = FOREVER,
    dry_run: bool = False,
    origin: Origin = IMPORT,
    person_key: bytes | None = None,
) -> Report:
    """Import a file into the open database; the report contains the error of an unusable file.

    ``progress`` gets the numbers of processed rows and read bytes. ``encoding`` is that of a CSV
    file without a byte order mark, ``sheet`` the name of the sheet, by default of the first
    visible one. ``report_file`` receives every problem. ``patience`` limits the wait for others.
    ``dry_run`` rolls everything back. The change set gets the hash of a file that is no pipe.
    """
    report = Report(kind, on_error, dry_run, file=report_file)
    try:
        with path.open("rb") as stream:
            known = replace(origin, import_digest=_digest(stream))
            options = Options(system, zone, precedence, patience, known, person_key)
            naming = Naming(KINDS[kind], system, headings=report.headings)
            rows = _rows(stream, path.suffix, naming, encoding, sheet, report)
            notify = None if progress is None else lambda done: progress(done, stream.tell())
            await run(KINDS[kind], _without_examples(rows, report), report, notify, options)
    except OSError as error:
        if error.filename != str(path):
            raise
        reason = error.strerror or str(error)
        report.failure = UnusableFileError("UNREADABLE_FILE", reason, str(path))
    except UnusableFileError as error:
        report.failure = error
    return report


def _digest(stream: BufferedReader) -> str | None:
    """Return the SHA-256 of an open file that was not read yet; None for a pipe."""
    if not stream.seekable():
        return None
    found = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return found


def _rows(
    stream: BinaryIO,
    suffix: str,
    naming: Naming,
    encoding: str | None,
    sheet: str | None,
    report: Report,
) -> Iterator[Row]:
    """Return the rows of an open file; raises UnusableFileError, possibly during iteration."""
    if suffix.lower() == ".xlsx":
        return _sheet(xlsx.table(stream, sheet), naming, report)
    if sheet is not None:
        raise UnusableFileError("UNKNOWN_SHEET", "only XLSX files have sheets")
    match suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return naming.rows(csv.lines(stream, encoding))
        case ".json" | ".jsonl" | ".ndjson":
            return naming.objects(json.items(stream))
    raise UnusableFileError(
        "UNKNOWN_FORMAT",
        f"the file must end in one of {', '.join(FORMATS)}, not in {suffix or 'nothing'}",
    )


def _without_examples(rows: Iterator[Row], report: Report) -> Iterator[Row]:
    """Yield rows; the example of a template becomes a warning."""
    for number, row in rows:
        if isinstance(row, Mapping) and row.get("source_id") == EXAMPLE:
            reason = "the example row of the template is not imported"
            problem = Problem(number, "source_id", EXAMPLE, "EXAMPLE_ROW", reason, EXAMPLE)
            report.add((), [problem])
        else:
            yield number, row


def _sheet(table: xlsx.Table, naming: Naming, report: Report) -> Iterator[Row]:
    """Return the rows of a sheet; others that hold rows become warnings about the file."""
    report.sheet = table.sheet.name
    for other in table.others:
        hidden = "" if other.is_visible else "hidden "
        reason = f"the {hidden}sheet {other.name} holds rows, which are not imported"
        report.add((), [Problem(None, None, other.name, "OTHER_SHEET", reason)])
    return replace(naming, sheet=table.sheet.name).rows(table.lines, table.merged)
