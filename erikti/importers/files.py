"""Import of a file: CSV, XLSX, JSON or JSON Lines, by its extension."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from erikti.database.write_lock import FOREVER, LockTimeout
from erikti.importers import csv, json, xlsx
from erikti.importers.engine import KINDS, OnError, run
from erikti.importers.report import Report, ReportFile
from erikti.importers.sources import Naming
from erikti.writing.batches import Row
from erikti.writing.problems import UnusableFileError

FileProgress = Callable[[int, int], None]

FORMATS = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson")


async def load_file(
    kind: str,
    path: Path,
    on_error: OnError = "reject",
    progress: FileProgress | None = None,
    system: str | None = None,
    encoding: str | None = None,
    report_file: ReportFile | None = None,
    patience: LockTimeout = FOREVER,
) -> Report:
    """Import a file into the open database; the report contains the error of an unusable file.

    ``progress`` is called with the numbers of processed rows and read bytes. ``encoding`` is
    that of a CSV file without a byte order mark. ``report_file`` receives every problem.
    ``patience`` limits the wait for another import.
    """
    report = Report(kind, on_error, file=report_file)
    try:
        with path.open("rb") as stream:
            rows = read(stream, path.suffix, Naming(KINDS[kind], system), encoding)
            notify = None if progress is None else lambda done: progress(done, stream.tell())
            await run(KINDS[kind], rows, report, notify, system, patience)
    except OSError as error:
        if error.filename != str(path):
            raise
        reason = error.strerror or str(error)
        report.failure = UnusableFileError("UNREADABLE_FILE", reason, str(path))
    except UnusableFileError as error:
        report.failure = error
    return report


def read(stream: BinaryIO, suffix: str, naming: Naming, encoding: str | None) -> Iterator[Row]:
    """Return the rows of an open file; raises UnusableFileError, possibly during iteration."""
    match suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return naming.rows(csv.lines(stream, encoding))
        case ".xlsx":
            return naming.rows(xlsx.lines(stream))
        case ".json" | ".jsonl" | ".ndjson":
            return naming.objects(json.items(stream))
    raise UnusableFileError(
        "UNKNOWN_FORMAT",
        f"the file must end in one of {', '.join(FORMATS)}, not in {suffix or 'nothing'}",
    )
