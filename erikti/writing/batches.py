"""Batches of rows in columnar form, and their parser.

A parser raises DoubtfulError for a cell that is read as another, which becomes a warning.

Values are converted directly to the database's representation, so that they can be compared
with stored ones. Columns are processed one at a time, which makes a row cost only microseconds.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from erikti.database.calendar import calendar
from erikti.database.connection import dialect
from erikti.writing import places, times
from erikti.writing.cells import Column
from erikti.writing.kind import Kind
from erikti.writing.problems import (
    DoubtfulError,
    InvalidError,
    Problem,
    UnusableFileError,
    preview,
)
from erikti.writing.texts import Parser

Row = tuple[int, "Mapping[str, object] | Problem"]
Cells = tuple[Any, ...]  # values of one row, in the database's representation

K = TypeVar("K")
V = TypeVar("V")

MEMO_LIMIT = 65536
MOST_DOUBTS = 8  # of one cell


class Memo(dict[K, V]):
    """A cache of a function's results by argument, cleared when it grows too large."""

    def __init__(self, function: Callable[[K], V]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, key: K) -> V:
        if len(self) >= MEMO_LIMIT:
            self.clear()
        value = self[key] = self.function(key)
        return value


@dataclass
class Batch:
    """Rows: their numbers, the rows as read, and stored values by column.

    ``invalid`` has the invalid cells of rows that are still checked for further problems; their
    values are None. ``problems`` and ``warnings`` include those of rows that were removed.
    """

    numbers: list[int]
    rows: list[Mapping[str, object]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    invalid: dict[int, set[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def problem(
        self, index: int, column: str | None, code: str, reason: str, valid: str = ""
    ) -> Problem:
        """Return a problem of one row, with the value from the file."""
        row = self.rows[index]
        value = preview(row.get(column)) if column else ""
        source_id = preview(row.get("source_id"))
        return Problem(self.numbers[index], column, value, code, reason, source_id, valid)

    def refuse(self, index: int, column: str, code: str, reason: str, valid: str = "") -> None:
        """Record the problem of a cell, whose row is still checked for others."""
        self.problems.append(self.problem(index, column, code, reason, valid))
        self.invalid.setdefault(index, set()).add(column)

    def settle(self) -> None:
        """Remove the rows with invalid cells."""
        self.remove(self.invalid)
        self.invalid = {}

    def drop(self, found: Mapping[int, Problem]) -> None:
        """Record problems and remove their rows."""
        self.problems.extend(found.values())
        self.remove(found)

    def remove(self, indexes: Collection[int]) -> None:
        """Remove rows whose problems are already recorded."""
        if not indexes:
            return
        keep = [index not in indexes for index in range(len(self))]
        self.numbers = list(compress(self.numbers, keep))
        self.rows = list(compress(self.rows, keep))
        self.values = {name: list(compress(known, keep)) for name, known in self.values.items()}

    def part(self, start: int, stop: int) -> "Batch":
        """Return a range of the rows as a new batch without problems."""
        cut = {name: known[start:stop] for name, known in self.values.items()}
        return Batch(self.numbers[start:stop], self.rows[start:stop], cut)

    def zipped(self, names: Iterable[str]) -> list[Cells]:
        """Return the rows as tuples of the given columns."""
        return list(zip(*(self.values[name] for name in names), strict=True))


class Prepared(NamedTuple):
    """Parsers made for one import: of the codes of tables, and of points in time."""

    codes: Mapping[str, Parser[str]]
    instant: Parser[datetime]


class BatchParser:
    """Parser of the rows of one kind; created once per import, when the database is open."""

    def __init__(self, kind: Kind, system: str | None, prepared: Prepared) -> None:
        self.kind = kind
        self.system = system
        self.converters = [(column, _converter(column, prepared)) for column in kind.columns]
        self.known = frozenset(column.name for column in kind.columns)

    @classmethod
    async def prepared(
        cls, kind: Kind, system: str | None, zone: ZoneInfo | None = None
    ) -> "BatchParser":
        """Return a parser with the codes and names of the reference tables.

        ``zone`` is that of times without an offset; by default that of the calendar.
        """
        return cls(
            kind,
            system,
            Prepared(
                {"regions": await places.regions(), "countries": await places.countries()},
                times.instant(zone or calendar().zone),
            ),
        )

    def __call__(self, rows: Sequence[Row]) -> Batch:
        """Parse rows; what is invalid becomes problems of the batch."""
        batch = Batch([], [])
        for number, row in rows:
            if isinstance(row, Problem):
                batch.problems.append(row)
            else:
                batch.numbers.append(number)
                batch.rows.append(row)
        self._check_names(batch)
        for column, convert in self.converters:
            parsed = self._column(batch, column, convert)
            batch.values[column.name] = batch.values[column.stored or column.name] = parsed
        return batch

    def _check_names(self, batch: Batch) -> None:
        for shape in set(map(tuple, batch.rows)):
            if unknown := [name for name in shape if name not in self.known]:
                index = next(i for i, row in enumerate(batch.rows) if tuple(row) == shape)
                raise unknown_columns(self.kind, unknown, f"row {batch.numbers[index]}")

    def _column(self, batch: Batch, column: Column, convert: Parser[object]) -> list[object]:
        name = column.name
        cells = [row.get(name) for row in batch.rows]
        if name == "source_system" and self.system is not None:
            cells = [self.system if cell is None or cell == "" else cell for cell in cells]
        try:
            parsed = list(map(convert, cells))
        except (InvalidError, DoubtfulError, TypeError):
            parsed = [_read(batch, i, name, convert, cell) for i, cell in enumerate(cells)]
        if column.required and None in parsed:
            for index, value in enumerate(parsed):
                if value is None and name not in batch.invalid.get(index, ()):
                    batch.refuse(index, name, "REQUIRED", f"{name} is required")
        return parsed


def unknown_columns(kind: Kind, names: Sequence[str], place: str) -> UnusableFileError:
    """Return the error for columns that a kind does not have."""
    known = ", ".join(column.name for column in kind.columns)
    listed = ", ".join(preview(name) for name in names[:20])
    return UnusableFileError(
        "UNKNOWN_COLUMN", f"{kind.name} has no column {listed}; it has: {known}", place
    )


def _read(batch: Batch, index: int, column: str, convert: Parser[object], cell: object) -> object:
    """Return the value of a cell; without one, record its problem and return None."""
    try:
        for _ in range(MOST_DOUBTS):
            try:
                return convert(cell)
            except DoubtfulError as doubt:
                batch.warnings.append(batch.problem(index, column, doubt.code, doubt.reason))
                cell = doubt.cell
        batch.refuse(index, column, "INVALID_VALUE", "this value is doubtful in too many ways")
    except InvalidError as invalid:
        batch.refuse(index, column, invalid.code, invalid.reason, invalid.valid)
    except TypeError:
        batch.refuse(index, column, "INVALID_VALUE", "a single value is expected")
    return None


def _parser(column: Column, prepared: Prepared) -> Parser[object]:
    if column.type.table:
        return prepared.codes[column.type.table]
    if column.type.zoned:
        return prepared.instant
    assert column.type.parse is not None
    return column.type.parse


def _converter(column: Column, prepared: Prepared) -> Parser[object]:
    """Return a function that converts a cell to the stored value, or the default if blank."""
    read = column.type
    parse = _parser(column, prepared)
    if not read.few:
        return parse
    encode, field = dialect().encode, column.model_field()

    def stored(value: object) -> object:
        return value if field is None else encode(field, value)

    default = stored(column.default)

    def convert(cell: object) -> object:
        if cell is None or cell == "":
            return default
        value = parse(cell)
        return default if value is None else stored(value)

    memo = Memo(convert)
    if column.type.several:
        return lambda cell: memo[tuple(cell) if type(cell) is list else cell]
    # True and False equal 1 and 0, but are no numbers.
    return lambda cell: convert(cell) if type(cell) is bool else memo[cell]
