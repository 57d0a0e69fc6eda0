"""What can be wrong with a value, a row or a file, each under a code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in one row; ``column`` is None where it concerns the row."""

    row: int
    column: str | None
    value: str
    code: str
    reason: str


class InvalidError(Exception):
    """A value that cannot be taken; the caller knows where it stands."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class UnusableFileError(Exception):
    """A file that cannot be read as what it claims to be; nothing of it is taken."""

    def __init__(self, code: str, reason: str, place: str = "") -> None:
        super().__init__(f"{code}: {reason}" + (f" ({place})" if place else ""))
        self.code = code
        self.reason = reason
        self.place = place


def shown(value: object) -> str:
    """A value as a report shows it: one line, not too long."""
    if value is None:
        return ""
    text = str(value).encode("utf-8", "backslashreplace").decode()
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[:200])
    return text if len(text) <= 100 else f"{text[:99]}…"
