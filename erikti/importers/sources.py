"""Conversion of a file's rows to the column names of its kind, numbered as users see them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from erikti.importers.headings import same, spellings
from erikti.importers.json import JSONObject
from erikti.importers.workbook import Merged
from erikti.writing.batches import Row, unknown_columns
from erikti.writing.kind import Kind
from erikti.writing.problems import Problem, UnusableFileError, preview

Line = tuple[int, Sequence[object]]

EXAMPLE = "EXAMPLE"  # the identifier of the example row of templates


@dataclass(frozen=True)
class Naming:
    """The allowed headings of a file; ``system`` is the default ``source_system``.

    ``sheet`` is the name of the sheet, for messages. ``headings`` is filled with the headings of
    the columns as the file spells them.
    """

    kind: Kind
    system: str | None = None
    sheet: str | None = None
    headings: dict[str, str] = field(default_factory=dict)

    def rows(self, lines: Iterable[Line], merged: Merged | None = None) -> Iterator[Row]:
        """Yield the rows of a table, whose first non-blank line has the headings.

        Rows in which merged cells have no value of their own are problems.
        """
        numbered = iter(lines)
        header = next((line for line in numbered if not _blank(line[1])), None)
        if header is None:
            raise UnusableFileError("EMPTY_FILE", "the file has no rows")
        names = self.columns(header)
        width = len(names)
        for number, cells in numbered:
            if not cells or (not cells[0] and _blank(cells)):
                continue
            if len(cells) != width and (len(cells) < width or not _blank(cells[width:])):
                reason = f"{width} cells are expected, not {len(cells)}"
                yield number, Problem(number, None, "", "ROW_LENGTH", reason)
            elif merged and (cells_of := merged.without_value(number, width)):
                reason = f"merged cells ({cells_of}) have one value: write it in every cell"
                source_id = preview(dict(zip(names, cells, strict=False)).get("source_id"))
                yield number, Problem(number, None, "", "MERGED_CELLS", reason, source_id)
            else:
                yield number, dict(zip(names, cells, strict=False))

    def objects(self, items: Iterable[tuple[int, object]]) -> Iterator[Row]:
        """Yield the rows of a JSON file, one object each."""
        shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
        for number, item in items:
            if not isinstance(item, dict):
                yield number, Problem(number, None, "", "NOT_AN_OBJECT", "an object is expected")
                continue
            if isinstance(item, JSONObject) and item.repeated is not None:
                reason = f"the key {preview(item.repeated)} occurs twice"
                yield number, Problem(number, None, "", "DUPLICATE_KEY", reason)
                continue
            shape = tuple(item)
            if shape not in shapes:
                shapes[shape] = self._named(shape, f"row {number}")
            yield number, dict(zip(shapes[shape], item.values(), strict=True))

    def columns(self, header: Line) -> tuple[str, ...]:
        """Return the names of the columns of a table; raises UnusableFileError."""
        number, cells = header
        headings = ["" if cell is None else str(cell) for cell in cells]
        while headings and not headings[-1].strip():
            headings.pop()
        place = f"line {number}" + (f" of the sheet {self.sheet}" if self.sheet else "")
        names = self._named(headings, place)
        required = [
            column.name for column in self.kind.columns if column.required or column.expected
        ]
        missing = [name for name in required if name not in names]
        if self.system is not None and "source_system" in missing:
            missing.remove("source_system")
        if missing:
            listed = ", ".join(missing)
            raise UnusableFileError(
                "MISSING_COLUMN", f"{self.kind.name} needs the column {listed}", place
            )
        return names

    def _named(self, headings: Sequence[str], place: str) -> tuple[str, ...]:
        known = self._spellings()
        names = [known.get(same(heading), "") for heading in headings]
        if "" in names:
            unknown = [h for h, name in zip(headings, names, strict=True) if not name]
            raise unknown_columns(self.kind, unknown, place)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            listed = ", ".join(twice)
            raise UnusableFileError("DUPLICATE_COLUMN", f"{listed} occurs twice", place)
        for name, heading in zip(names, headings, strict=True):
            self.headings.setdefault(name, preview(heading.strip()))
        return tuple(names)

    def _spellings(self) -> Mapping[str, str]:
        return spellings(tuple(column.name for column in self.kind.columns))


def _blank(cells: Sequence[object]) -> bool:
    return all(cell is None or cell == "" for cell in cells)
