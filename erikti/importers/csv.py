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
        raise UnusableFileError("BROKEN_CSV", str(error), f"line {reader.line_num}") from None


def _decoded(stream: BinaryIO, encoding: str | None) -> Iterator[str]:
    """Yield the file's lines as text."""
    start = stream.read(4)
    name, skipped = next(
        ((name, len(bom)) for bom, name in BOMS if start.startswith(bom)), (encoding or "utf-8", 0)
    )
    try:
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError:
        raise UnusableFileError("UNKNOWN_ENCODING", f"unknown encoding {name}") from None
    number, position, rest = 1, skipped, ""
    chunk = start[skipped:] + stream.read(CHUNK)
    while chunk:
        text, failure = _decode(decoder, chunk, position, name)
        position += len(chunk)
        rest += text
        *whole, rest = rest.split("\n")
        yield from [f"{line}\n" for line in whole]
        number += len(whole)
        if failure is None:
            chunk = stream.read(CHUNK)
            failure = None if chunk else _end(decoder, position, name)
        if failure is not None:
            raise UnusableFileError("BROKEN_ENCODING", failure, f"line {number}")
        if len(rest) > 64 * LONGEST_CELL:
            raise UnusableFileError("BROKEN_CSV", "the line is too long", f"line {number}")
    if rest:
        yield rest


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


def _end(decoder: codecs.IncrementalDecoder, position: int, name: str) -> str | None:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return f"the file ends within a character of {name} at byte {position}"
    return None
