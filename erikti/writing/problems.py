"""Problems of values, rows and files, each with a code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of one row; ``column`` is None if it concerns the whole row."""

    row: int
    column: str | None
    value: str
    code: str
    reason: str


class InvalidError(Exception):
    """A value is invalid; the caller adds its place."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


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
