"""Problems that a verification can find."""

from dataclasses import dataclass, field
from enum import StrEnum


class UnusableError(Exception):
    """The log, its checkpoints or a public key cannot be read."""


class Kind(StrEnum):
    """The kinds of problems."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    MOVED = "swapped"
    REWRITTEN = "rewritten"
    CUT = "cut off"
    RESTORED = "restored"
    FORKED = "forked"
    UNSIGNED = "not signed for"
    CHECKPOINT = "checkpoint"
    PERSONS = "persons"
    GUARDS = "unguarded"
    DATABASE = "another database"
    BUNDLE = "bundle"


NO_CHAIN = (Kind.GUARDS, Kind.DATABASE, Kind.BUNDLE)  # problems that are not of a chain


@dataclass(frozen=True)
class Problem:
    """The first problem of a chain, with the number of its entry if it is in one.

    ``writer`` is the chain, or the name of a table, a database or a file.
    """

    kind: Kind
    writer: str
    sequence: int | None
    text: str

    def __str__(self) -> str:
        place = "" if self.sequence is None else f", entry {self.sequence}"
        what = self.writer if self.kind in NO_CHAIN else f"chain {self.writer}"
        return f"{self.kind}: {what}{place}: {self.text}"


@dataclass
class Report:
    """The counts of a verification, and the first problem of each chain.

    ``uncovered`` has the number of entries that no checkpoint has signed yet, by chain.
    """

    chains: int = 0
    entries: int = 0
    persons: int = 0
    checkpoints: int = 0
    uncovered: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
