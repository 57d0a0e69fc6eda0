"""Reports of imports: counts, and every problem and warning with its place.

Problems are written to a file as they are found, so that a report's memory use is constant.
"""

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from erikti.importers.headings import heading_of
from erikti.labels import problem_texts, report_words
from erikti.writing.problems import Problem, UnusableFileError

SHOWN = 100
COLUMNS = (
    "severity", "sheet", "line", "column", "source_id", "value", "code", "reason", "valid",
    "detail",
)  # fmt: skip
ID_COLUMNS = ("line", "source_system", "source_id", "id", "outcome")
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel does not read UTF-8
FORMULA_LEADS = "=+-@\t\r"
KEPT = re.compile(r"0|[1-9][0-9]{0,10}")  # numbers that a spreadsheet shows as they are


@dataclass
class Report:
    """The outcome of one import; ``problems`` and ``warnings`` contain only the first ones.

    ``accepted``, ``updated`` and ``unchanged`` count valid rows, which are in the database only
    if ``committed`` is true, which it never is in a dry run. ``sheet`` is the name of the sheet
    that was read, if any. ``headings`` are those of the columns, as the file spells them.
    """

    kind: str
    on_error: str = "reject"
    dry_run: bool = False
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0
    committed: bool = False
    sheet: str | None = None
    failure: UnusableFileError | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    file: "ReportFile | None" = None

    @property
    def rows(self) -> int:
        """Return the number of rows that were read."""
        return self.accepted + self.updated + self.unchanged + self.rejected

    @property
    def exit_code(self) -> int:
        """Return 0 if all rows are valid, 1 if rows were rejected, 2 if the file is unusable."""
        if self.failure is not None:
            return 2
        return 1 if self.rejected else 0

    def heading(self, problem: Problem, language: str) -> str:
        """Return the heading of a problem's column as the file spells it.

        If the file lacks the column, it is the title in Kazakh or Russian, or the name in English.
        """
        column = problem.column
        if not column or column in self.headings:
            return self.headings.get(column or "", "")
        return column if language == "en" else heading_of(column).of(language)

    def add(self, problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
        """Add the problems and warnings of a batch of rows, in the order of its rows.

        A row with several problems counts as rejected once.
        """
        self.rejected += len({problem.row for problem in problems})
        self.warned += len(warnings)
        found = [("rejected", problem) for problem in problems]
        found += [("warning", warning) for warning in warnings]
        found.sort(key=lambda entry: entry[1].row or 0)
        for severity, problem in found:
            self.codes[problem.code] += 1
            first = self.problems if severity == "rejected" else self.warnings
            if len(first) < SHOWN:
                first.append(problem)
        if self.file is not None:
            self.file.write(found, self)

    def summary(self) -> dict[str, object]:
        """Return the report without its rows, in the form that is written to a file."""
        failure = self.failure
        return {
            "kind": self.kind,
            "sheet": self.sheet,
            "on_error": self.on_error,
            "dry_run": self.dry_run,
            "committed": self.committed,
            "accepted": self.accepted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "warnings": self.warned,
            "codes": dict(sorted(self.codes.items())),
            "error": failure
            and {"code": failure.code, "reason": failure.reason, "place": failure.place},
        }


class UnwritableReportError(Exception):
    """A report cannot be written; the message has its path and the reason."""


class ReportFile:
    """A report on disk: a JSON summary, and next to it CSV files of problems and of records.

    The CSV file of all problems opens in a Russian or Kazakh Excel, which expects semicolons; that
    of the records, with their global IDs, is for programs, and is there only if the import is
    committed. All may contain personal data and are readable only by their owner. Every method
    raises UnwritableReportError on a disk error. ``language`` is that of the headings and reasons.
    """

    def __init__(self, path: Path, language: str = "en") -> None:
        self.path = path
        self.language = language
        self.rows_path = path.with_name(f"{path.stem}.rows.csv")
        self.ids_path = path.with_name(f"{path.stem}.ids.csv")
        self._ids_draft = path.with_name(f".{self.ids_path.name}.part")
        with _written(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._rows = _private(self.rows_path)
            self._ids = _private(self._ids_draft)
        csv.writer(self._ids).writerow(ID_COLUMNS)
        self._rows.write(BYTE_ORDER_MARK)
        self._writer = csv.writer(self._rows, delimiter=";")
        self._writer.writerow(report_words()[name].of(language) for name in COLUMNS)

    def __enter__(self) -> "ReportFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # ``finish`` has reported it
            self._rows.close()
        with suppress(OSError):
            self._ids.close()
            self._ids_draft.unlink(missing_ok=True)

    def write(self, found: Iterable[tuple[str, Problem]], report: Report) -> None:
        """Add problems, each with its severity, to the CSV file."""
        with _written(self.rows_path):
            for severity, p in found:
                column = report.heading(p, self.language)
                reason = problem_texts()[p.code].of(self.language)
                texts = (column, p.source_id, p.value, p.code, reason, p.valid, p.reason)
                first = (
                    report_words()[severity].of(self.language),
                    shown_as_text(report.sheet or ""),
                )
                self._writer.writerow((*first, p.row, *map(shown_as_text, texts)))

    def list_records(self, rows: Iterable[Sequence[object]]) -> None:
        """Add stored rows, with the values of ``ID_COLUMNS``."""
        with _written(self.ids_path):
            csv.writer(self._ids).writerows(rows)

    def flush(self) -> None:
        """Write buffered rows to the CSV files."""
        with _written(self.rows_path):
            self._rows.flush()
        with _written(self.ids_path):
            self._ids.flush()

    def finish(self, report: Report) -> None:
        """Write the summary atomically, and the error of an unusable file to the CSV file."""
        if (failure := report.failure) is not None:
            detail = failure.reason + (f" ({failure.place})" if failure.place else "")
            self.write([("file", Problem(None, None, "", failure.code, detail))], report)
        self.flush()
        if report.committed:
            with _written(self.ids_path):
                self._ids_draft.replace(self.ids_path)
        draft = self.path.with_name(f".{self.path.name}.part")
        with _written(self.path):
            try:
                with _private(draft) as stream:
                    names = {
                        "rows": self.rows_path.name,
                        "ids": self.ids_path.name if report.committed else None,
                    }
                    json.dump({**report.summary(), **names}, stream, indent=2)
                    stream.write("\n")
                draft.replace(self.path)
            except OSError:
                draft.unlink(missing_ok=True)
                raise


def shown_as_text(cell: str) -> str:
    """Return a cell that spreadsheets neither run as a formula nor show as another value.

    They would read ``0042`` as 42, ``1.5`` as a day, and round long numbers: such cells begin
    with an apostrophe.
    """
    start = cell.lstrip()[:1]
    changed = start and (start in FORMULA_LEADS or start.isdecimal()) and not KEPT.fullmatch(cell)
    return f"'{cell}" if changed else cell


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnwritableReportError(f"{path}: {error.strerror}") from error


def _private(path: Path) -> IO[str]:
    with suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")
