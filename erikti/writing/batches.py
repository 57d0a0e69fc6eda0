"""Batches of rows in columnar form, and their parser.

Values are converted directly to the database's representation, so that they can be compared
with stored ones. Columns are processed one at a time, which makes a row cost only microseconds.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from erikti.database.connection import dialect, fetch
from erikti.writing import values, words
from erikti.writing.kind import Column, Kind
from erikti.writing.problems import InvalidError, Problem, UnusableFileError, preview
from erikti.writing.values import Parser

Row = tuple[int, "Mapping[str, object] | Problem"]

MEMO_LIMIT = 65536
CODE_TABLES = {
    "regions": ("code, kato_code, name_kk, name_ru, name_en", "UNKNOWN_REGION"),
    "countries": ("code, name_kk, name_ru, name_en", "UNKNOWN_COUNTRY"),
}


class Memo(dict[Any, Any]):
    """A cache of a function's results by argument, cleared when it grows too large."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, key: Any) -> Any:
        if len(self) >= MEMO_LIMIT:
            self.clear()
        value = self[key] = self.function(key)
        return value


@dataclass
class Batch:
    """Valid rows: their numbers, the rows as read, and stored values by column.

    ``problems`` and ``warnings`` include those of rows that were removed.
    """

    numbers: list[int]
    rows: list[Mapping[str, object]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers)

    def problem(self, index: int, column: str | None, code: str, reason: str) -> Problem:
        """Return a problem of one row, with the value from the file."""
        value = preview(self.rows[index].get(column)) if column else ""
        return Problem(self.numbers[index], column, value, code, reason)

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

    def zipped(self, names: Iterable[str]) -> list[tuple[Any, ...]]:
        """Return the rows as tuples of the given columns."""
        return list(zip(*(self.values[name] for name in names), strict=True))


class BatchParser:
    """Parser of the rows of one kind; created once per import, when the database is open."""

    def __init__(self, kind: Kind, system: str | None, codes: Mapping[str, Parser]) -> None:
        self.kind = kind
        self.system = system
        self.converters = [(column, _converter(column, codes)) for column in kind.columns]
        self.known = frozenset(column.name for column in kind.columns)

    @classmethod
    async def prepared(cls, kind: Kind, system: str | None) -> "BatchParser":
        """Return a parser with the codes and names of the reference tables."""
        return cls(kind, system, {table: await _codes(table) for table in CODE_TABLES})

    def __call__(self, rows: Sequence[Row]) -> Batch:
        """Parse rows; invalid ones become problems of the batch."""
        batch = Batch([], [])
        for number, row in rows:
            if isinstance(row, Problem):
                batch.problems.append(row)
            else:
                batch.numbers.append(number)
                batch.rows.append(row)
        self._check_names(batch)
        bad: set[int] = set()
        for column, convert in self.converters:
            parsed = self._column(batch, column, convert, bad)
            batch.values[column.name] = batch.values[column.stored or column.name] = parsed
        batch.remove(bad)
        return batch

    def _check_names(self, batch: Batch) -> None:
        for shape in set(map(tuple, batch.rows)):
            if unknown := [name for name in shape if name not in self.known]:
                index = next(i for i, row in enumerate(batch.rows) if tuple(row) == shape)
                raise unknown_columns(self.kind, unknown, f"row {batch.numbers[index]}")

    def _column(
        self, batch: Batch, column: Column, convert: Callable[[Any], Any], bad: set[int]
    ) -> list[Any]:
        name = column.name
        cells = [row.get(name) for row in batch.rows]
        if name == "source_system" and self.system is not None:
            cells = [self.system if cell is None or cell == "" else cell for cell in cells]
        try:
            parsed = list(map(convert, cells))
        except (InvalidError, TypeError):
            parsed = _one_by_one(batch, column, convert, cells, bad)
        if column.required and None in parsed:
            for index, value in enumerate(parsed):
                if value is None and index not in bad:
                    bad.add(index)
                    reason = f"{name} is required"
                    batch.problems.append(batch.problem(index, name, "REQUIRED", reason))
        return parsed


def unknown_columns(kind: Kind, names: Sequence[str], place: str) -> UnusableFileError:
    """Return the error for columns that a kind does not have."""
    known = ", ".join(column.name for column in kind.columns)
    listed = ", ".join(preview(name) for name in names[:20])
    return UnusableFileError(
        "UNKNOWN_COLUMN", f"{kind.name} has no column {listed}; it has: {known}", place
    )


def _one_by_one(
    batch: Batch,
    column: Column,
    convert: Callable[[Any], Any],
    cells: Sequence[Any],
    bad: set[int],
) -> list[Any]:
    parsed: list[Any] = []
    for index, cell in enumerate(cells):
        try:
            parsed.append(convert(cell))
        except InvalidError as invalid:
            found = batch.problem(index, column.name, invalid.code, invalid.reason)
        except TypeError:
            found = batch.problem(index, column.name, "INVALID_VALUE", "a single value is expected")
        else:
            continue
        parsed.append(None)
        batch.problems.append(found)
        bad.add(index)
    return parsed


def _converter(column: Column, codes: Mapping[str, Parser]) -> Callable[[Any], Any]:
    """Return a function that converts a cell to the stored value, or the default if blank."""
    read = column.type
    parse = codes[read.table] if read.table else read.parse
    assert parse is not None
    if not read.few:
        return parse
    encode = dialect().encode

    def stored(value: Any) -> Any:
        return value if column.field is None else encode(column.field, value)

    default = stored(column.default)

    def convert(cell: Any) -> Any:
        if cell is None or cell == "":
            return default
        value = parse(cell)
        return default if value is None else stored(value)

    memo = Memo(convert)
    if column.type.several:
        return lambda cell: memo[tuple(cell) if type(cell) is list else cell]
    return memo.__getitem__


async def _codes(table: str) -> Parser:
    """Return a parser of the codes and names of a reference table."""
    columns, problem = CODE_TABLES[table]
    known: dict[str, str] = {}
    for code, *names in await fetch(f"SELECT {columns} FROM {table}"):
        known.update((words.folded(name), code) for name in (code, *names) if name)
    return values.one_of(known, problem, f"not in the table of {table}")
