"""Problems of values, rows and files, each with a code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of one row, or of the whole file if ``row`` is None.

    ``column`` is None if it concerns the whole row. ``source_id`` is that of the row as read, if
    it is known. ``valid`` has the valid values, or the nearest one.
    """

    row: int | None
    column: str | None
    value: str
    code: str
    reason: str
    source_id: str = ""
    valid: str = ""


class InvalidError(Exception):
    """A value is invalid; the caller adds its place. ``valid`` are the valid values, if few."""

    def __init__(self, code: str, reason: str, valid: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.valid = valid


class DoubtfulError(Exception):
    """A value is not what it seems; ``cell`` is read instead, and the caller adds a warning."""

    def __init__(self, code: str, reason: str, cell: object) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.cell = cell


class Settled(str):
    """A text that a parser doubted and that is stored as it is; parsers accept it unread."""

    __slots__ = ()


class UnusableFileError(Exception):
    """A file cannot be read, so nothing of it is imported."""

    def __init__(self, code: str, reason: str, place: str = "") -> None:
        super().__init__(f"{code}: {reason}" + (f" ({place})" if place else ""))
        self.code = code
        self.reason = reason
        self.place = place


def preview(value: object) -> str:
    """Return a value in the form preview in reports: one line of limited length."""
    if value is None:
        return ""
    text = str(value).encode("utf-8", "backslashreplace").decode()
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[:200])
    return text if len(text) <= 100 else f"{text[:99]}…"
