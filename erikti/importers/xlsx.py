"""XLSX files: one sheet, read as a stream, after a check of the archive's size."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from openpyxl import load_workbook  # type: ignore[import-untyped]

from erikti.importers.sources import Line
from erikti.importers.workbook import UNLISTED, Merged, Sheet, merged, sheets
from erikti.writing.problems import UnusableFileError
from erikti.writing.texts import DIGITS_KEPT

MOST_ENTRIES = 2000
MOST_ROWS = 1 << 20
MOST_BYTES = 2 << 30
MOST_STRINGS = 256 << 20
HIGHEST_RATIO = 200
RATIO_FROM = 10 << 20
SEARCHED_ROWS = 1000  # of other sheets
SHARED_STRINGS = "xl/sharedStrings.xml"
OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"
UNREADABLE = (
    zipfile.BadZipFile,
    DefusedXmlException,
    ParseError,
    LookupError,
    ValueError,
    OSError,
    EOFError,
    AttributeError,
    TypeError,
    NotImplementedError,
)
LITERAL = re.compile(r'"[^"]*"|\\.')  # of a format of numbers
ZEROS = re.compile("00+")
CONSTANTS = {"=TRUE()": True, "=FALSE()": False}  # as LibreOffice saves cells with true and false
NOT_A_WORKBOOK = "not a readable XLSX workbook: open it in a spreadsheet program and save it again"


@dataclass(frozen=True)
class Table:
    """The rows of one sheet; ``others`` are the other sheets that hold rows."""

    sheet: Sheet
    others: Sequence[Sheet]
    lines: Iterator[Line]
    merged: Merged


def table(stream: BinaryIO, name: str | None = None) -> Table:
    """Return the sheet of this name, or the first visible one; raises UnusableFileError."""
    check_archive(stream)
    try:
        known = sheets(stream)
        if not known:
            raise UnusableFileError("UNREADABLE_FILE", NOT_A_WORKBOOK)
        chosen = _chosen(known, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that are not read
            book = load_workbook(stream, read_only=True, keep_links=False)
        others = [
            sheet
            for sheet in known
            if sheet != chosen and sheet.state != UNLISTED and _holds_rows(book[sheet.name])
        ]
        return Table(chosen, others, _lines(book, chosen), merged(stream, chosen))
    except UNREADABLE:
        raise UnusableFileError("UNREADABLE_FILE", NOT_A_WORKBOOK) from None


def _chosen(known: Sequence[Sheet], name: str | None) -> Sheet:
    listed = ", ".join(sheet.name for sheet in known)
    if name is not None:
        same = [sheet for sheet in known if sheet.name == name] or [
            sheet for sheet in known if sheet.name.strip().casefold() == name.strip().casefold()
        ]
        if len(same) != 1:
            raise UnusableFileError(
                "UNKNOWN_SHEET", f"no sheet is called {name}; there are: {listed}"
            )
        return same[0]
    visible = [sheet for sheet in known if sheet.is_visible]
    if not visible:
        reason = f"all sheets are hidden: name one with --sheet; there are: {listed}"
        raise UnusableFileError("UNKNOWN_SHEET", reason)
    return visible[0]


def _holds_rows(sheet: Any) -> bool:
    """Return whether a sheet has values in two rows: headings and at least one row."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True, max_row=SEARCHED_ROWS)
    filled = (row for row in rows if any(cell is not None for cell in row))
    return next(filled, None) is not None and next(filled, None) is not None


def _lines(book: Any, chosen: Sheet) -> Iterator[Line]:
    """Yield the cells of each row of a sheet, with formulas as text."""
    try:
        sheet = book[chosen.name]
        # A sheet may declare a wrong size; without it all rows are read.
        sheet.reset_dimensions()
        width = 0
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if number > MOST_ROWS:
                raise UnusableFileError("ARCHIVE_TOO_LARGE", f"more than {MOST_ROWS} rows")
            row = [_plain(cell) for cell in cells]
            width = width or len(row)
            # Excel omits blank cells at the end of a row.
            yield number, row + [None] * (width - len(row))
    except UNREADABLE:
        raise UnusableFileError("UNREADABLE_FILE", NOT_A_WORKBOOK) from None
    finally:
        book.close()


def check_archive(stream: BinaryIO) -> None:
    """Reject an archive that is too large when unpacked; reads only its index."""
    start = stream.read(len(OLD_OR_ENCRYPTED))
    if start == OLD_OR_ENCRYPTED:
        reason = "an XLS file or one with a password: save it as .xlsx without a password"
        raise UnusableFileError("UNREADABLE_FILE", reason)
    try:
        entries = zipfile.ZipFile(stream).infolist()
    except UNREADABLE:
        raise UnusableFileError("UNREADABLE_FILE", NOT_A_WORKBOOK) from None
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


def _plain(cell: Any) -> object:
    """Return a cell's value, with formula objects (arrays, data tables) as text."""
    value = cell.value
    if type(value) is int or type(value) is float:
        return _number(value, cell.number_format)
    if type(value) is str and value in CONSTANTS:
        return CONSTANTS[value]
    if value.__class__.__module__.startswith("openpyxl."):
        return f"={getattr(value, 'text', '') or ''}"
    return value


def _number(value: int | float, form: str) -> object:
    """Return a number, or its text if its format shows it as per cent or with zeros before it.

    A whole number of more digits than Excel keeps is a float, since it is rounded.
    """
    if "%" in form and "%" in LITERAL.sub("", form):
        return f"{value * 100:.{DIGITS_KEPT}g}%"
    if ZEROS.fullmatch(form) and 0 <= value < 10 ** (len(form) - 1) and value == int(value):
        return f"{value:0{len(form)}.0f}"
    if type(value) is int and abs(value) >= 10**DIGITS_KEPT:
        return float(value) if abs(value) < 1e300 else str(value)
    return value
