"""What a verification can find."""

from dataclasses import dataclass, field
from enum import StrEnum


class UnusableError(Exception):
    """What is to be verified, or to verify by, cannot be read."""


class Kind(StrEnum):
    """What is wrong with a chain."""

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


NO_CHAIN = (Kind.GUARDS, Kind.DATABASE, Kind.BUNDLE)  # what is wrong lies elsewhere


@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong with a chain: in which entry, where it lies in one.

    ``writer`` is the chain, or what else is wrong: the name of a table, a database
    or a file.
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
    """What was looked at, and what was found wrong in it: the first problem of each chain.

    ``uncovered`` has the number of entries that no checkpoint signs for yet, by chain.
    """

    chains: int = 0
    entries: int = 0
    persons: int = 0
    checkpoints: int = 0
    uncovered: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
