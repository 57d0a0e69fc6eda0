"""What an import did: counts, and every problem and warning with its place.

Problems go to a file as they are found, so that a report takes the same memory however
long it grows.
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
    """The outcome of one import; ``problems`` and ``warnings`` hold the first ones only.

    ``accepted``, ``updated`` and ``unchanged`` count rows that are, or without rejected
    ones would have been, in the database; ``committed`` says which.
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
        """How many rows were read."""
        return self.accepted + self.updated + self.unchanged + self.rejected

    @property
    def exit_code(self) -> int:
        """0 when all rows are in, 1 when rows were rejected, 2 when the file is unusable."""
        if self.failure is not None:
            return 2
        return 1 if self.rejected else 0

    def reject(self, problems: Iterable[Problem]) -> None:
        """Note problems; a row with several of them is rejected once."""
        found = list(problems)
        self.rejected += len({problem.row for problem in found})
        self._note("rejected", found, self.problems)

    def warn(self, warnings: Iterable[Problem]) -> None:
        """Note what a human should look at although the rows were taken."""
        found = list(warnings)
        self.warned += len(found)
        self._note("warning", found, self.warnings)

    def _note(self, severity: str, found: list[Problem], shown: list[Problem]) -> None:
        self.codes.update(problem.code for problem in found)
        shown.extend(found[: max(0, SHOWN - len(shown))])
        if self.file is not None:
            self.file.write(severity, found)

    def summary(self) -> dict[str, Any]:
        """The report without its rows, as a file holds it."""
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
    """A report cannot be written: its path, and why."""


class ReportFile:
    """A report on disk: a JSON summary, and beside it a CSV file of all problems.

    Both can hold personal data and are readable by their owner alone. Every method raises
    UnwritableReportError where the disk does not take it.
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
        with suppress(OSError):  # ``finish`` has told
            self._rows.close()

    def write(self, severity: str, problems: Iterable[Problem]) -> None:
        """Add problems to the CSV file."""
        with _written(self.rows_path):
            for p in problems:
                value = f"'{p.value}" if p.value.startswith(FORMULA_LEADS) else p.value
                self._writer.writerow((severity, p.row, p.column, value, p.code, p.reason))

    def flush(self) -> None:
        """See that the CSV file holds all that was added."""
        with _written(self.rows_path):
            self._rows.flush()

    def finish(self, report: Report) -> None:
        """Write the summary; it is there in full or not at all."""
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
