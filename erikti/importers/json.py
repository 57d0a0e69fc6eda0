"""JSON files, read as a stream: an array of objects, or one object per line (JSON Lines)."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import ijson  # type: ignore[import-untyped]

from erikti.writing.problems import UnusableFileError

SPACES = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
DEEPEST = 50  # levels
LONGEST_NUMBER = 1000  # digits; the parser fails at those that Python does not convert
LONGEST_LINE = 16 << 20  # bytes
ESCAPED = re.compile(rb"\\.", re.DOTALL)
STRING = re.compile(rb'"[^"]*"')
LONG_NUMBER = re.compile(rb"[0-9]{%d}" % LONGEST_NUMBER)
DIGITS = b"0123456789"
UNSTRUCTURED = bytes(set(range(256)) - set(b'"[]{}'))
STEPS = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}


class JSONObject(dict[str, object]):
    """An object of a file; ``repeated`` is a key that it has twice."""

    repeated: str | None = None

    def __setitem__(self, key: str, value: object) -> None:
        if key in self:
            self.repeated = key
        super().__setitem__(key, value)


class Shallow:
    """A stream of JSON whose depth and numbers are measured before a parser sees them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._depth = 0
        self._carry = b""  # what the next bytes continue: a string, an escape or a number

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; raises ijson.JSONError if they are too deep."""
        data = self._stream.read(size)
        self.measure(data)
        return data

    def measure(self, data: bytes) -> None:
        """Follow the brackets of the next bytes; raises ijson.JSONError."""
        text = self._carry + data
        escape = b""
        if b"\\" in text:
            if (len(text) - len(text.rstrip(b"\\"))) % 2:
                text, escape = text[:-1], b"\\"
            text = ESCAPED.sub(b"", text)
        outside, quote, _ = STRING.sub(
            b"", text.translate(None, UNSTRUCTURED).replace(b'""', b"")
        ).partition(b'"')
        for bracket in outside:
            self._depth += STEPS[bracket]
            if self._depth > DEEPEST:
                raise ijson.JSONError(f"more than {DEEPEST} levels of objects and arrays")
        if LONG_NUMBER.search(text) and LONG_NUMBER.search(STRING.sub(b"", text)):
            raise ijson.JSONError(f"a number of more than {LONGEST_NUMBER} digits")
        digits = 0 if quote else min(len(text) - len(text.rstrip(DIGITS)), LONGEST_NUMBER)
        self._carry = quote + escape + b"0" * digits


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
        found = ijson.items(Shallow(stream), "item", map_type=JSONObject)
        for number, item in enumerate(found, 1):
            yield number, item
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise _broken(error, f"after row {number}") from None


def _lines(stream: BinaryIO) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), 1):
        if not line.strip():
            continue
        try:
            if len(line) == LONGEST_LINE:
                raise ijson.JSONError("the line is too long")
            Shallow(stream).measure(line)
            values = list(ijson.items(line, "", map_type=JSONObject))
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise _broken(error, f"line {number}") from None
        yield number, values[0]


def _broken(error: Exception, place: str) -> UnusableFileError:
    if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error) or "UTF-8" in str(error):
        return UnusableFileError("BROKEN_ENCODING", f"not UTF-8: {error}", place)
    return UnusableFileError("BROKEN_JSON", " ".join(str(error).split())[:200], place)
