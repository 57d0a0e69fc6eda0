"""Reports of imports: counts, and every problem and warning with its place.

Problems are written to a file as they are found, so that a report's memory use is constant.
"""

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from erikti.writing.problems import Problem, UnusableFileError

SHOWN = 100
COLUMNS = ("severity", "row", "column", "value", "code", "reason")
FORMULA_LEADS = ("=", "@", "+", "-", "\t", "\r")


@dataclass
class Report:
    """The outcome of one import; ``problems`` and ``warnings`` contain only the first ones.

    ``accepted``, ``updated`` and ``unchanged`` count valid rows, which are in the database only
    if ``committed`` is true.
    """

    kind: str
    on_error: str = "reject"
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0
    committed: bool = False
    failure: UnusableFileError | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
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

    def reject(self, problems: Iterable[Problem]) -> None:
        """Add problems; a row with several of them counts as rejected once."""
        found = list(problems)
        self.rejected += len({problem.row for problem in found})
        self._note("rejected", found, self.problems)

    def warn(self, warnings: Iterable[Problem]) -> None:
        """Add warnings about imported rows, for manual review."""
        found = list(warnings)
        self.warned += len(found)
        self._note("warning", found, self.warnings)

    def _note(self, severity: str, found: list[Problem], first: list[Problem]) -> None:
        self.codes.update(problem.code for problem in found)
        first.extend(found[: max(0, SHOWN - len(first))])
        if self.file is not None:
            self.file.write(severity, found)

    def summary(self) -> dict[str, Any]:
        """Return the report without its rows, in the form that is written to a file."""
        failure = self.failure
        return {
            "kind": self.kind,
            "on_error": self.on_error,
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
    """A report on disk: a JSON summary, and next to it a CSV file of all problems.

    Both may contain personal data and are readable only by their owner. Every method raises
    UnwritableReportError on a disk error.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows_path = path.with_name(f"{path.stem}.rows.csv")
        with _written(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._rows = _private(self.rows_path)
        self._writer = csv.writer(self._rows)
        self._writer.writerow(COLUMNS)

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

    def write(self, severity: str, problems: Iterable[Problem]) -> None:
        """Add problems to the CSV file."""
        with _written(self.rows_path):
            for p in problems:
                value = f"'{p.value}" if p.value.startswith(FORMULA_LEADS) else p.value
                self._writer.writerow((severity, p.row, p.column, value, p.code, p.reason))

    def flush(self) -> None:
        """Write buffered problems to the CSV file."""
        with _written(self.rows_path):
            self._rows.flush()

    def finish(self, report: Report) -> None:
        """Write the summary atomically."""
        self.flush()
        draft = self.path.with_name(f".{self.path.name}.part")
        with _written(self.path):
            try:
                with _private(draft) as stream:
                    json.dump({**report.summary(), "rows": self.rows_path.name}, stream, indent=2)
                    stream.write("\n")
                draft.replace(self.path)
            except OSError:
                draft.unlink(missing_ok=True)
                raise


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
