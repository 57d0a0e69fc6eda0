"""CSV files: detection of encoding and delimiter, reading of lines."""

import codecs
import csv
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from erikti.importers.sources import Line
from erikti.writing.problems import UnusableFileError

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DELIMITERS = (",", ";", "\t")
CHUNK = 1 << 16
HINT = "; if Russian or Kazakh Windows wrote the file, try --encoding windows-1251 or kz1048"
UNREADABLE = "a line that is not readable as CSV"
LONGEST_CELL = 1 << 16


def lines(stream: BinaryIO, encoding: str | None) -> Iterator[Line]:
    """Yield the cells of each row with the number of its first line.

    The encoding is given, or detected from a byte order mark, or UTF-8. Raises UnusableFileError
    for undecodable bytes, with their line and position in the file.
    """
    text = _decoded(stream, encoding)
    first = next(text, "")
    delimiter = max(DELIMITERS, key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(chain((first,), text), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise _broken(str(error), number, reader.line_num) from None


def _broken(message: str, first: int, last: int) -> UnusableFileError:
    """Return the error of a row that begins and ends at these lines."""
    reason, place = UNREADABLE, last
    if "expected after" in message:
        reason = "a quotation mark within a cell: quote the cell and double its quotation marks"
    elif "end of data" in message:
        reason, place = "a quotation mark opens a cell and no other closes it", first
    elif "field limit" in message:
        reason = f"a cell of more than {LONGEST_CELL} characters: a quotation mark may be missing"
    return UnusableFileError("BROKEN_CSV", reason, f"line {place}")


def _decoded(stream: BinaryIO, encoding: str | None) -> Iterator[str]:
    """Yield the file's lines as text."""
    start = stream.read(4)
    name, skipped = next(
        ((name, len(bom)) for bom, name in BOMS if start.startswith(bom)), (encoding or "utf-8", 0)
    )
    decoder = _decoder(name)
    mark = "\n"
    number, position, rest = 1, skipped, ""
    chunk = start[skipped:] + stream.read(CHUNK)
    while chunk:
        text, failure = _decode(decoder, chunk, position, name)
        position += len(chunk)
        rest += text
        if number == 1 and "\r" in rest and "\n" not in rest:
            mark = "\r"  # of old Macintosh programs
        *whole, rest = rest.split(mark)
        yield from [f"{line}\n" for line in whole]
        number += len(whole)
        if failure is None:
            chunk = stream.read(CHUNK)
            failure = None if chunk else _end(decoder, position, name)
        if failure is not None:
            failure += "" if encoding else HINT
            raise UnusableFileError("BROKEN_ENCODING", failure, f"line {number}")
        if len(rest) > 64 * LONGEST_CELL:
            raise UnusableFileError("BROKEN_CSV", "the line is too long", f"line {number}")
    if rest:
        yield rest


def _decoder(name: str) -> codecs.IncrementalDecoder:
    """Return a decoder; raises UnusableFileError for an unknown encoding or one not of text."""
    try:
        "a".encode(name)
        return codecs.getincrementaldecoder(name)()
    except (LookupError, UnicodeError, ValueError):
        raise UnusableFileError("UNKNOWN_ENCODING", f"unknown encoding {name}") from None


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, position: int, name: str
) -> tuple[str, str | None]:
    """Return the text of a chunk up to the first undecodable byte, and the problem there."""
    pending = decoder.getstate()[0]
    try:
        return decoder.decode(chunk), None
    except UnicodeDecodeError as error:
        whole = pending + chunk
        place = position - len(pending) + error.start
        reason = f"byte {place + 1} (0x{whole[error.start]:02X}) is not {name}"
        good = whole[: error.start].decode(name, "replace")
        return good, reason
    except UnicodeError:  # without a place, such as UTF-16 without a byte order mark
        return "", f"the file is not {name}"


def _end(decoder: codecs.IncrementalDecoder, position: int, name: str) -> str | None:
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return f"the file ends within a character of {name} at byte {position}"
    return None
