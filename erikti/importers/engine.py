"""The import engine, which imports rows in batches within one transaction."""

import gc
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from tortoise.exceptions import IntegrityError

from erikti.database.connection import connection, dialect, transaction
from erikti.database.errors import BusyError
from erikti.database.retries import retried
from erikti.database.write_lock import FOREVER, LockTimeout
from erikti.importers.report import Report
from erikti.writing import awards, cis_forum, lookups, people, un_placements, volunteers
from erikti.writing.batches import Batch, BatchParser, Row
from erikti.writing.kind import Kind, Rule
from erikti.writing.matching import Matcher
from erikti.writing.problems import UnusableFileError
from erikti.writing.storing import Store
from models.changes import ChangeKind, Origin, change_set
from models.global_ids import encoded
from models.sealing_keys import exclusive_transaction, record_current_keys
from models.suppressions import SuppressionKeyError

OnError = Literal["reject", "skip"]
Progress = Callable[[int], None]

BATCH = 5000
FEW = 1000  # added rows, for which plans without statistics are good enough
IMPORT = Origin(ChangeKind.IMPORT, "erikti import")
KINDS: dict[str, Kind] = {
    kind.name: kind
    for domain in (people, volunteers, cis_forum, un_placements, awards)
    for kind in domain.KINDS
}


class Options(NamedTuple):
    """How rows are read and stored, as in ``load``; ``patience`` limits the wait for others."""

    system: str | None = None
    zone: ZoneInfo | None = None
    precedence: Sequence[str] = ()
    patience: LockTimeout = FOREVER
    origin: Origin = IMPORT
    person_key: bytes | None = None


USUAL = Options()


class _RolledBackError(Exception):
    """Rolls back an import with rejected rows, or a dry run."""


async def load(
    kind: str,
    rows: Iterable[Mapping[str, object]],
    on_error: OnError = "reject",
    progress: Progress | None = None,
    system: str | None = None,
    zone: ZoneInfo | None = None,
    origin: Origin = IMPORT,
    precedence: Sequence[str] = (),
    person_key: bytes | None = None,
) -> Report:
    """Import rows with canonical column names, numbered from 1, into the open database.

    Cells are text or typed values. ``system`` is the default ``source_system`` of rows.
    ``zone`` is that of times without an offset; by default that of the calendar.
    ``precedence`` names the systems whose values of people replace those of the systems after them.
    ``person_key`` is that of the suppression list, needed unless the list is empty.
    ``progress`` is called with the number of processed rows. With ``on_error`` ``reject``, one
    rejected row rejects the whole import, with ``skip`` only itself; both check every row.
    Raises UnusableFileError, before any change, for unknown columns and a wrong ``person_key``.
    """
    options = Options(system, zone, precedence, origin=origin, person_key=person_key)
    return await run(KINDS[kind], enumerate(rows, 1), Report(kind, on_error), progress, options)


async def run(
    kind: Kind,
    rows: Iterable[Row],
    report: Report,
    progress: Progress | None = None,
    options: Options = USUAL,
) -> Report:
    """Import numbered rows in one change set and fill the report.

    Raises UnusableFileError: DATABASE_BUSY if another process writes for longer than the patience,
    SUPPRESSION_KEY if the suppression list was made with another key.
    """
    lock = exclusive_transaction(options.patience)
    with _unusable_file(), suppress(_RolledBackError):
        # Concurrent imports could each create the same new person.
        async with change_set(options.origin, kind.written, lock) as number:
            if kind.person:
                await record_current_keys()
            matcher = await Matcher.prepared(kind, options.precedence, options.person_key)
            store, statistics = Store(kind, matcher, number), _Statistics(kind)
            parser = await BatchParser.prepared(kind, options.system, options.zone)
            with closing(SeenIdentifiers()) as seen, _calm_collector():
                for batch_rows in _batches(rows):
                    batch = parser(batch_rows)
                    await _check(kind, batch, matcher, seen)
                    await _store(store, batch, batch, report)
                    await statistics.update(report.accepted + report.updated)
                    report.add(batch.problems, batch.warnings)
                    if progress is not None:
                        progress(report.rows)
            if report.file is not None:
                report.file.flush()  # fails before the commit if the report cannot be written
            if report.dry_run or (report.rejected and report.on_error == "reject"):
                raise _RolledBackError
        report.committed = True
    return report


@contextmanager
def _unusable_file() -> Iterator[None]:
    """Raise UnusableFileError for what prevents an import into this database now."""
    try:
        yield
    except BusyError as error:
        raise busy_error(error) from error
    except SuppressionKeyError as error:
        raise UnusableFileError("SUPPRESSION_KEY", str(error)) from error


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows in batches, also those before a place where the file becomes unusable."""
    batch: list[Row] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except UnusableFileError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


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


async def _check(kind: Kind, batch: Batch, matcher: Matcher, seen: "SeenIdentifiers") -> None:
    """Apply all rules and find the references, also of rows with invalid cells; remove those."""
    for rule in kind.rules:
        _apply(rule, batch)
    if kind.person:
        matcher.complete(batch)
    seen.find_repeated(batch)
    await lookups.resolve(kind, batch)
    batch.settle()


def _apply(rule: Rule, batch: Batch) -> None:
    """Refuse rows that break a rule between cells that are valid by themselves."""
    columns = (*rule.columns, *rule.written)
    for index, cells in enumerate(batch.zipped(rule.columns)):
        written = (batch.rows[index].get(name) for name in rule.written)
        if rule.holds(*cells, *written) or not batch.invalid.get(index, set()).isdisjoint(columns):
            continue
        batch.refuse(index, columns[-1], rule.code, rule.reason)


async def _store(store: Store, part: Batch, whole: Batch, report: Report) -> None:
    """Store a batch; if the database rejects it, store its halves, down to single invalid rows.

    Problems and warnings are added to ``whole``.
    """
    try:
        attempt = await retried(lambda: _attempt(store, part))
    except IntegrityError as refusal:
        if len(part) == 1:
            reason = f"the database rejected this row: {refusal}"
            whole.problems.append(part.problem(0, None, "CONSTRAINT", reason))
            return
        middle = len(part) // 2
        await _store(store, part.part(0, middle), whole, report)
        await _store(store, part.part(middle, len(part)), whole, report)
        return
    whole.problems += attempt.problems
    whole.warnings += attempt.warnings
    outcomes = [
        "ADDED" if new else "UPDATED" if changed else "UNCHANGED"
        for new, changed in attempt.zipped(("is_new", "is_changed"))
    ]
    report.accepted += outcomes.count("ADDED")
    report.updated += outcomes.count("UPDATED")
    report.unchanged += outcomes.count("UNCHANGED")
    if report.file is not None:
        report.file.list_records(_listed(store.kind, attempt, outcomes))


def _listed(kind: Kind, stored: Batch, outcomes: Sequence[str]) -> Iterator[Sequence[object]]:
    """Yield the line, source, global ID and outcome of each row."""
    sources = stored.zipped(("source_system", "source_id", "id"))
    for line, (system, identifier, id_), outcome in zip(
        stored.numbers, sources, outcomes, strict=True
    ):
        yield line, system, identifier, encoded(kind.model.__name__, id_), outcome


async def _attempt(store: Store, part: Batch) -> Batch:
    """Store a copy of a batch in a savepoint; return the copy."""
    attempt = part.part(0, len(part))
    async with transaction():
        await store(attempt)
    return attempt


class _Statistics:
    """The planner's statistics of the tables of an import.

    If they say that there are no rows, PostgreSQL reads all of them for each key. They stay if the
    import is undone, until autovacuum makes them anew.
    """

    def __init__(self, kind: Kind) -> None:
        self._tables = kind.tables
        self._next = FEW

    async def update(self, added: int) -> None:
        """Update them whenever twice as many rows have been stored; each may add some."""
        if added >= self._next:
            self._next = 2 * added
            await dialect().analyze(connection(), self._tables, added)


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

    def find_repeated(self, batch: Batch) -> None:
        """Refuse rows whose identifier an earlier row of the file has used."""
        keys = [
            (system, identifier, number)
            for system, identifier, number in zip(
                batch.values["source_system"],
                batch.values["source_id"],
                batch.numbers,
                strict=True,
            )
            if system is not None and identifier is not None
        ]
        before = self._store.total_changes
        self._store.execute("BEGIN")
        self._store.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", keys)
        self._store.execute("COMMIT")
        if self._store.total_changes - before == len(keys):
            return
        sql = "SELECT row FROM seen WHERE system = ? AND id = ?"
        for index, key in enumerate(batch.zipped(("source_system", "source_id"))):
            first = None if None in key else self._store.execute(sql, key).fetchone()[0]
            if first not in (None, batch.numbers[index]):
                reason = f"row {first} has the same identifier"
                batch.refuse(index, "source_id", "DUPLICATE", reason)
