"""The import engine, which imports rows in batches within one transaction."""

import gc
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from typing import Literal

from tortoise.exceptions import IntegrityError

from erikti.database.connection import transaction
from erikti.database.errors import BusyError
from erikti.database.write_lock import FOREVER, LockTimeout
from erikti.importers.report import Report
from erikti.writing import awards, cis_forum, people, un_placements, volunteers
from erikti.writing.batches import Batch, BatchParser, Row
from erikti.writing.kind import Kind
from erikti.writing.matching import Matcher
from erikti.writing.problems import Problem, UnusableFileError
from erikti.writing.storing import Store
from models.sealing_keys import exclusive_transaction, record_current_keys

OnError = Literal["reject", "skip"]
Progress = Callable[[int], None]

BATCH = 5000
KINDS: dict[str, Kind] = {
    kind.name: kind
    for domain in (people, volunteers, cis_forum, un_placements, awards)
    for kind in domain.KINDS
}


class _RejectedError(Exception):
    """Rolls back an import with rejected rows."""


async def load(
    kind: str,
    rows: Iterable[Mapping[str, object]],
    on_error: OnError = "reject",
    progress: Progress | None = None,
    system: str | None = None,
) -> Report:
    """Import rows with canonical column names, numbered from 1, into the open database.

    Cells are text or typed values. ``system`` is the default ``source_system`` of rows.
    ``progress`` is called with the number of processed rows. With ``on_error`` ``reject``, one
    rejected row rejects the whole import, with ``skip`` only itself; both check every row.
    Raises UnusableFileError, before any change, for unknown columns.
    """
    return await run(KINDS[kind], enumerate(rows, 1), Report(kind, on_error), progress, system)


async def run(
    kind: Kind,
    rows: Iterable[Row],
    report: Report,
    progress: Progress | None = None,
    system: str | None = None,
    patience: LockTimeout = FOREVER,
) -> Report:
    """Import numbered rows and fill the report.

    Raises UnusableFileError DATABASE_BUSY if another process writes for longer than
    ``patience``.
    """
    numbered = iter(rows)
    try:
        # Concurrent imports could each create the same new person.
        async with exclusive_transaction(patience):
            if kind.person:
                await record_current_keys()
            matcher = await Matcher.prepared(kind)
            store = Store(kind, matcher)
            parser = await BatchParser.prepared(kind, system)
            with closing(SeenIdentifiers()) as seen, _calm_collector():
                while batch_rows := list(islice(numbered, BATCH)):
                    batch = _checked(kind, parser(batch_rows), matcher, seen)
                    await _store(store, batch, report)
                    report.reject(batch.problems)
                    report.warn(batch.warnings)
                    if progress is not None:
                        progress(report.rows)
            if report.file is not None:
                report.file.flush()  # fails before the commit if the report cannot be written
            if report.rejected and report.on_error == "reject":
                raise _RejectedError
        report.committed = True
    except _RejectedError:
        pass
    except BusyError as error:
        raise busy_error(error) from error
    return report


def busy_error(error: BusyError) -> UnusableFileError:
    """Return the error of an import that another process blocked."""
    return UnusableFileError("DATABASE_BUSY", f"{error}; try again")


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Make garbage collection rare, since it would traverse all objects of the process."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _checked(kind: Kind, batch: Batch, matcher: Matcher, seen: "SeenIdentifiers") -> Batch:
    """Apply the rules that need no database."""
    for rule in kind.rules:
        bad = {
            index: batch.problem(index, rule.columns[-1], rule.code, rule.reason)
            for index, cells in enumerate(batch.zipped(rule.columns))
            if not rule.holds(*cells)
        }
        batch.drop(bad)
    if kind.person:
        matcher.complete(batch)
    batch.drop(seen.repeated(batch))
    return batch


async def _store(store: Store, batch: Batch, report: Report) -> None:
    """Store a batch; if the database rejects it, store its halves, down to single invalid rows."""
    part = batch.part(0, len(batch))
    try:
        async with transaction():
            await store(part)
    except IntegrityError as refusal:
        if len(batch) == 1:
            reason = f"the database rejected this row: {refusal}"
            report.reject([batch.problem(0, None, "CONSTRAINT", reason)])
            return
        middle = len(batch) // 2
        await _store(store, batch.part(0, middle), report)
        await _store(store, batch.part(middle, len(batch)), report)
        return
    report.reject(part.problems)
    report.warn(part.warnings)
    new = sum(part.values["is_new"])
    changed = sum(old and not new for new, old in part.zipped(("is_new", "is_changed")))
    report.accepted += new
    report.updated += changed
    report.unchanged += len(part) - new - changed


class SeenIdentifiers:
    """The identifiers that a file has used so far, in a temporary database."""

    def __init__(self) -> None:
        # An empty name is a private temporary database, which SQLite deletes on close.
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.execute("PRAGMA cache_size = -16384")
        self._store.execute("PRAGMA journal_mode = OFF")
        self._store.execute(
            "CREATE TABLE seen (system, id, row, PRIMARY KEY (system, id)) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Delete the temporary database."""
        self._store.close()

    def repeated(self, batch: Batch) -> dict[int, Problem]:
        """Return problems of rows whose identifier an earlier row of the file has used."""
        keys = zip(
            batch.values["source_system"], batch.values["source_id"], batch.numbers, strict=True
        )
        before = self._store.total_changes
        self._store.execute("BEGIN")
        self._store.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", keys)
        self._store.execute("COMMIT")
        if self._store.total_changes - before == len(batch):
            return {}
        return dict(self._find(batch))

    def _find(self, batch: Batch) -> Iterator[tuple[int, Problem]]:
        keys = batch.zipped(("source_system", "source_id"))
        sql = "SELECT row FROM seen WHERE system = ? AND id = ?"
        for index, key in enumerate(keys):
            (first,) = self._store.execute(sql, key).fetchone()
            if first != batch.numbers[index]:
                reason = f"row {first} has the same identifier"
                yield index, batch.problem(index, "source_id", "DUPLICATE", reason)
