"""One chain of entries: its head, possible heads of unconfirmed writes, and unsigned entries."""

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
POSSIBLE = 100  # failed groups that may still be committed
NOTHING: Tail = (-1, START)


class Chain:
    """The entries of one writer."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey, version: str, database: UUID) -> None:
        self.writer: UUID = uuid4()
        self.file = CheckpointFile(folder, key, self.writer, database)
        self.marks: list[str] = []
        self.uncovered_since: float | None = None
        #: The time of the newest entry, written or not; later entries must not precede it.
        self.latest = datetime.min.replace(tzinfo=UTC)
        self._version = version
        self._head: Tail = NOTHING
        # Heads of groups whose commit is unconfirmed, with their marks.
        self._possible: dict[Tail, list[str]] = {}
        self._doubtful = False

    @property
    def head(self) -> Tail:
        """Return the number and hash of the last entry that is known to be committed."""
        return self._head

    @property
    def doubtful(self) -> bool:
        """Return whether the commit of the last group is unconfirmed."""
        return self._doubtful

    def extend(self, drafts: Sequence[Draft], now: datetime) -> list[Entry]:
        """Return the entries to write next; from now on, they may be committed."""
        if self._head == NOTHING:
            drafts = [opening(self._version, now), *drafts]
        entries: list[Entry] = []
        self.latest = drafts[-1].at
        sequence, previous = self._head
        for entry_draft in drafts:
            sequence += 1
            entries.append(chained(self.writer, sequence, previous, entry_draft))
            previous = entries[-1].hash
        self._doubtful = True
        while len(self._possible) >= POSSIBLE:
            del self._possible[next(iter(self._possible))]
        self._possible[sequence, previous] = [entry.hash[:MARK].hex() for entry in entries]
        return entries

    def settle(self, tail: Tail | None) -> bool:
        """Set the head to the database's last entry; return False if it is not one of this chain.

        False means that the database is not the one that the entries were written to.
        """
        found = tail or NOTHING
        if found != self._head:
            marks = self._possible.get(found)
            if marks is None:
                return False
            self.marks += marks
            self._head = found
            self._possible.clear()  # the numbers of the others are used now
            if self.uncovered_since is None:
                self.uncovered_since = time.monotonic()
        self._doubtful = False
        return True

    def covered(self, count: int) -> None:
        """Remove the first ``count`` marks, which have been signed."""
        del self.marks[:count]
        self.uncovered_since = time.monotonic() if self.marks else None
