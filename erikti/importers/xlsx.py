"""XLSX files: the first sheet, read as a stream, after a check of the archive's size."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook  # type: ignore[import-untyped]

from erikti.importers.sources import Line
from erikti.writing.problems import UnusableFileError

MOST_ENTRIES = 2000
MOST_ROWS = 1 << 20
MOST_BYTES = 2 << 30
MOST_STRINGS = 256 << 20
HIGHEST_RATIO = 200
RATIO_FROM = 10 << 20
SHARED_STRINGS = "xl/sharedStrings.xml"
UNREADABLE = (
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    OSError,
    EOFError,
)


def lines(stream: BinaryIO) -> Iterator[Line]:
    """Yield the cells of each row of the first sheet, with formulas as text."""
    check_archive(stream)
    try:
        book = load_workbook(stream, read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # A sheet may declare a wrong size; without it all rows are read.
            sheet.reset_dimensions()
            width = 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                if number > MOST_ROWS:
                    raise UnusableFileError("ARCHIVE_TOO_LARGE", f"more than {MOST_ROWS} rows")
                row = [_plain(cell) for cell in cells]
                width = width or len(row)
                # Excel omits blank cells at the end of a row.
                yield number, row + [None] * (width - len(row))
        finally:
            book.close()
    except (*UNREADABLE, IndexError, AttributeError, TypeError) as error:
        reason = f"not a readable XLSX file: {error}"
        raise UnusableFileError("UNREADABLE_FILE", reason) from None


def check_archive(stream: BinaryIO) -> None:
    """Reject an archive that is too large when unpacked; reads only its index."""
    try:
        entries = zipfile.ZipFile(stream).infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnusableFileError("UNREADABLE_FILE", f"not an XLSX file: {error}") from None
    finally:
        stream.seek(0)
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    strings = sum(entry.file_size for entry in entries if entry.filename == SHARED_STRINGS)
    too_dense = size > RATIO_FROM and size / packed > HIGHEST_RATIO
    if len(entries) > MOST_ENTRIES or size > MOST_BYTES or strings > MOST_STRINGS or too_dense:
        reason = (
            f"the file unpacks to {len(entries)} entries and {size} bytes, {size // packed}-fold"
        )
        raise UnusableFileError("ARCHIVE_TOO_LARGE", reason)


def _plain(cell: object) -> object:
    """Return a cell's value, with formula objects (arrays, data tables) as text."""
    if cell.__class__.__module__.startswith("openpyxl."):
        return f"={getattr(cell, 'text', '') or ''}"
    return cell
