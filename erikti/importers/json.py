"""JSON files, read as a stream: an array of objects, or one object per line (JSON Lines)."""

from collections.abc import Iterator
from typing import BinaryIO

import ijson  # type: ignore[import-untyped]

from erikti.writing.problems import UnusableFileError

SPACES = b" \t\r\n"
BOM = b"\xef\xbb\xbf"


def items(stream: BinaryIO) -> Iterator[tuple[int, object]]:
    """Yield the objects of the file, numbered from 1 (array) or by their lines (JSON Lines)."""
    start = stream.read(4096)
    stream.seek(len(BOM) if start.startswith(BOM) else 0)
    text = start.removeprefix(BOM).lstrip(SPACES)
    if not text:
        raise UnusableFileError("EMPTY_FILE", "the file has no rows")
    yield from _array(stream) if text.startswith(b"[") else _lines(stream)


def _array(stream: BinaryIO) -> Iterator[tuple[int, object]]:
    number = 0
    try:
        for number, item in enumerate(ijson.items(stream, "item"), 1):
            yield number, item
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise _broken(error, f"after row {number}") from None


def _lines(stream: BinaryIO) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            values = list(ijson.items(line, ""))
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise _broken(error, f"line {number}") from None
        yield number, values[0]


def _broken(error: Exception, place: str) -> UnusableFileError:
    if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error) or "UTF-8" in str(error):
        return UnusableFileError("BROKEN_ENCODING", f"not UTF-8: {error}", place)
    return UnusableFileError("BROKEN_JSON", " ".join(str(error).split())[:200], place)
