"""The parts of an XLSX file: its sheets, their states and their merged cells."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from openpyxl.utils import (  # type: ignore[import-untyped]
    column_index_from_string,
    get_column_letter,
)

from erikti.writing.problems import UnusableFileError

BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
RELATION = "relationships}id"
VISIBLE, UNLISTED = "visible", "veryHidden"  # only programs hide a sheet from the list of sheets
MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"'
)
LONGEST_TAG = 200
MOST_MERGED = 100_000
CHUNK = 1 << 20


@dataclass
class Merged:
    """Ranges of merged cells, asked for row after row; only the first cell has the value."""

    ranges: list[tuple[int, int, int, int]]  # first row, last row, first and last column from 0
    _open: list[tuple[int, int, int, int]] = field(default_factory=list)

    def without_value(self, row: int, width: int) -> str | None:
        """Return the range that leaves a cell of the row without its value, such as ``B2:B5``."""
        while self.ranges and self.ranges[-1][0] <= row:
            self._open.append(self.ranges.pop())
        self._open = [found for found in self._open if found[1] >= row]
        for top, bottom, left, right in self._open:
            first = left if row > top else left + 1
            if first <= right and first < width:
                return f"{get_column_letter(left + 1)}{top}:{get_column_letter(right + 1)}{bottom}"
        return None


@dataclass(frozen=True)
class Sheet:
    """A worksheet: its name, its state, and where its content is in the archive."""

    name: str
    state: str
    path: str

    @property
    def is_visible(self) -> bool:
        """Return whether a spreadsheet program shows the sheet."""
        return self.state == VISIBLE


def sheets(stream: BinaryIO) -> list[Sheet]:
    """Return the worksheets of a file in their order; raises UnusableFileError."""
    with zipfile.ZipFile(stream) as archive:
        book = fromstring(archive.read(BOOK))
        if book.tag.startswith(STRICT):
            reason = "a strict Open XML workbook: save it as an ordinary workbook (.xlsx)"
            raise UnusableFileError("UNREADABLE_FILE", reason)
        paths = {part.get("Id"): part for part in fromstring(archive.read(RELATIONS))}
    return [
        Sheet(part.get("name", ""), part.get("state", VISIBLE), _path(target))
        for part in book.iter()
        if part.tag.endswith("}sheet") and _is_table(target := paths[_relation(part)])
    ]


def merged(stream: BinaryIO, sheet: Sheet) -> Merged:
    """Return the merged cells of a sheet, which the file lists after its rows."""
    found = []
    for left, top, right, bottom in _references(stream, sheet):
        found.append((int(top), int(bottom), _column(left), _column(right)))
        if len(found) > MOST_MERGED:
            reason = f"more than {MOST_MERGED} ranges of merged cells"
            raise UnusableFileError("ARCHIVE_TOO_LARGE", reason)
    return Merged(sorted(found, reverse=True))


def _references(stream: BinaryIO, sheet: Sheet) -> Iterator[tuple[bytes, ...]]:
    with zipfile.ZipFile(stream) as archive, archive.open(sheet.path) as content:
        rest = b""
        while chunk := content.read(CHUNK):
            text = rest + chunk
            end = 0
            for match in MERGED.finditer(text):
                yield match.groups()
                end = match.end()
            rest = text[max(end, len(text) - LONGEST_TAG) :]


def _is_table(relation: Element) -> bool:
    return str(relation.get("Type")).endswith("/worksheet")


def _relation(part: Element) -> str | None:
    return next((value for name, value in part.items() if name.endswith(RELATION)), None)


def _path(relation: Element) -> str:
    """Return the path of a part in the archive, given relative to the workbook or to the root."""
    return posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")


def _column(letters: bytes) -> int:
    """Return the number of a column, from 0."""
    return int(column_index_from_string(letters.decode())) - 1
