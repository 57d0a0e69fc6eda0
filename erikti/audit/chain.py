"""One chain of entries: its head, what may have become its head, what is not yet signed for."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit.checkpoints import CheckpointFile
from erikti.audit.entries import START, Draft, Entry, chained, opening
from erikti.audit.stores import Tail

MARK = 4  # bytes of a hash that a checkpoint repeats
POSSIBLE = 100  # groups that failed and may land yet
NOTHING: Tail = (-1, START)


class Chain:
    """The entries of one writer."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey, version: str, database: UUID) -> None:
        self.writer: UUID = uuid4()
        self.file = CheckpointFile(folder, key, self.writer, database)
        self.marks: list[str] = []
        self.uncovered_since: float | None = None
        #: The time of the newest entry, written or not: none before it may follow.
        self.latest = datetime.min.replace(tzinfo=UTC)
        self._version = version
        self._head: Tail = NOTHING
        # Heads of groups of which it is not known whether they were committed, with their marks.
        self._possible: dict[Tail, list[str]] = {}
        self._doubtful = False

    @property
    def head(self) -> Tail:
        """The number and hash of the last entry that is known to be committed."""
        return self._head

    @property
    def doubtful(self) -> bool:
        """Whether the last group may have been committed or not."""
        return self._doubtful

    def extend(self, drafts: Sequence[Draft], now: datetime) -> list[Entry]:
        """The entries to be written next, which from now on may be committed."""
        if self._head == NOTHING:
            drafts = [opening(self._version, now), *drafts]
        entries: list[Entry] = []
        self.latest = drafts[-1].at
        sequence, previous = self._head
        for made in drafts:
            sequence += 1
            entries.append(chained(self.writer, sequence, previous, made))
            previous = entries[-1].hash
        self._doubtful = True
        while len(self._possible) >= POSSIBLE:
            del self._possible[next(iter(self._possible))]
        self._possible[sequence, previous] = [entry.hash[:MARK].hex() for entry in entries]
        return entries

    def settle(self, tail: Tail | None) -> bool:
        """Take what the database has as the head; False where that is none of ours.

        A head that cannot be ours means that the database is not the one that was written.
        """
        found = tail or NOTHING
        if found != self._head:
            marks = self._possible.get(found)
            if marks is None:
                return False
            self.marks += marks
            self._head = found
            self._possible.clear()  # others have numbers that are taken now
            if self.uncovered_since is None:
                self.uncovered_since = time.monotonic()
        self._doubtful = False
        return True

    def covered(self, count: int) -> None:
        """The first ``count`` of the marks are signed for."""
        del self.marks[:count]
        self.uncovered_since = time.monotonic() if self.marks else None
