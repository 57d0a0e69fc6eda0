"""Verification of one chain: its entries, in order, against its checkpoints."""

import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from erikti.audit.verifier.checkpoints import NOTHING, BrokenError, Checkpoint
from erikti.audit.verifier.problems import Kind, Problem
from erikti.audit.verifier.sources import Entry

# Seconds: a writer stops after 10 s without a checkpoint; entries may have been queued before.
UNSIGNED = 15.0
BEGINNING = "0001-01-01T00:00:00.000000Z"
ENDING = "OPENED"  # the decision of an entry with which a successor ends a chain
MOST = 2_000  # maximum number of entries that a writer leaves unsigned


class Chain:
    """The state of a chain's verification; ``problem`` is the first one found."""

    def __init__(self, writer: str, checkpoints: Iterator[Checkpoint] | None) -> None:
        self.writer = writer
        self.problem: Problem | None = None
        self.entries = 0
        self.uncovered = 0
        self.missing_since: str | None = None
        self.seen: dict[str, int] = {}
        self.database: str | None = None
        self._checkpoints = checkpoints or iter(())
        self._start = -1  # the last entry before those signed by the checkpoint
        self._checkpoint: Checkpoint | None = None
        self._last: Checkpoint | None = None
        self._expected = 0
        self._previous = NOTHING
        self._time = BEGINNING
        self._wanted: str | None = None
        self._late: list[str] = []  # times of entries that the writer itself did not sign
        self._signed_at: str | None = None
        if checkpoints is None:
            self._found(
                Kind.UNSIGNED,
                0,
                "it has no checkpoints: the chain was inserted, or they were removed",
            )
        self._advance(self._expected)

    def check(self, entry: Entry) -> None:
        """Check the next entry."""
        self.entries += 1
        if self.problem is not None:
            self._look_back(entry)
            return
        if entry.sequence > self._expected:
            last = entry.sequence - 1
            which = "it is" if last == self._expected else f"it and those up to {last} are"
            self._found(Kind.REMOVED, self._expected, f"{which} missing")
        elif entry.sequence < self._expected:
            self._found(Kind.FORKED, entry.sequence, "another entry has the same number")
        else:
            self._check_content(entry)
        self._expected = entry.sequence + 1
        self._previous = entry.hash
        self._time = str(entry.payload["recorded_at"])

    def finish(self) -> None:
        """Check the end of the chain, after its last entry."""
        if self.problem is not None:
            self._drain()
            return
        checkpoint = self._checkpoint
        self._advance(self._expected)
        if self.problem is None and self._checkpoint is not None:
            checkpoint = self._checkpoint
            self.missing_since = checkpoint.at
            while self.problem is None and self._checkpoint is not None:
                checkpoint = self._checkpoint
                self._advance(checkpoint.sequence + 1)
            if self.problem is None:
                self._found(
                    Kind.CUT,
                    self._expected,
                    f"it and those up to {checkpoint.sequence} were signed and are missing: "
                    "the end was cut off, or an old copy of the database was restored",
                )

    def _drain(self) -> None:
        """Read the remaining checkpoints for what they contain about other chains."""
        with suppress(BrokenError):
            for checkpoint in self._checkpoints:
                self._see(checkpoint)

    def _see(self, checkpoint: Checkpoint) -> None:
        for writer, size in checkpoint.seen.items():
            self.seen[writer] = max(size, self.seen.get(writer, 0))

    def _check_content(self, entry: Entry) -> None:
        self._advance(entry.sequence)
        if self.problem is not None:
            return
        checkpoint = self._checkpoint
        if checkpoint is not None:
            self._check_mark(entry, checkpoint)
        elif self._last is not None and self._last.closed:
            self._found(Kind.INSERTED, entry.sequence, "the writer closed the chain before it")
        if entry.is_intact and self.problem is None:
            self._check_late(entry, checkpoint)
        if self.problem is not None:
            return
        if not entry.is_intact:
            text = "its content does not match its hash"
            if entry.payload["person_count"] != entry.persons:
                text = "persons were added to it or taken from it"
            self._found(Kind.CHANGED, entry.sequence, text)
        elif entry.payload["previous_hash"] != self._previous:
            self._found(Kind.REWRITTEN, entry.sequence, "it does not follow the entry before it")

    def _check_mark(self, entry: Entry, checkpoint: Checkpoint) -> None:
        """Compare an entry with its signed mark."""
        number, marks = entry.sequence, checkpoint.marks
        mark = marks[number - self._start - 1]
        prefix = entry.hash[: len(mark)]
        if prefix == mark:
            if number == checkpoint.sequence and entry.hash != checkpoint.hash:
                self._found(Kind.REWRITTEN, number, "its hash is not the one that was signed")
            return
        self._wanted = mark
        if prefix in marks:
            was = self._start + 1 + marks.index(prefix)
            kind = Kind.MOVED if was > number else Kind.INSERTED
            self._found(kind, number, f"its content was signed as entry {was}")
        elif entry.is_intact:
            text = "it matches its hash, but another was signed: the chain was rewritten from here"
            self._found(Kind.REWRITTEN, number, text)

    def _check_late(self, entry: Entry, checkpoint: Checkpoint | None) -> None:
        """Check an entry that its writer did not sign: their number and age are limited."""
        if checkpoint is None:
            self.uncovered += 1
        elif not checkpoint.successor or entry.sequence == checkpoint.sequence:
            return  # signed by its writer, or the final entry of a successor
        number, at = entry.sequence, str(entry.payload["recorded_at"])
        self._late.append(at)
        first = number - len(self._late) + 1
        if _seconds(self._late[0], at) > UNSIGNED or len(self._late) > MOST:
            text = (
                "no checkpoint follows within the time that a writer allows: "
                "checkpoints were removed, or entries inserted"
            )
            self._found(Kind.UNSIGNED, first, text)
        elif checkpoint is not None and entry.payload["decision"] == ENDING:
            return  # of a successor, with its own clock, that was killed before it signed
        elif _seconds(self._time, at) < 0:
            self._found(Kind.UNSIGNED, number, "its time is before that of the previous entry")
        elif self._signed_at and _seconds(self._signed_at, at) < -UNSIGNED:
            text = "its time is before that of the previous checkpoint"
            self._found(Kind.UNSIGNED, number, text)

    def _look_back(self, entry: Entry) -> None:
        """Distinguish an inserted entry from a rewritten one by the entry after it."""
        problem, wanted, self._wanted = self.problem, self._wanted, None
        if problem is None or wanted is None or problem.kind in (Kind.MOVED, Kind.INSERTED):
            return
        if entry.hash.startswith(wanted):
            self.problem = Problem(
                Kind.INSERTED,
                self.writer,
                problem.sequence,
                f"it was not signed, but entry {entry.sequence} was, as number {problem.sequence}",
            )

    def _advance(self, sequence: int) -> None:
        """Advance to the checkpoint that signs an entry, or to None after the last one."""
        try:
            while self._checkpoint is None or self._checkpoint.sequence < sequence:
                following = next(self._checkpoints, None)
                if following is None:
                    self._checkpoint = None
                    return
                self._see(following)
                self.database = following.database
                if not following.successor:
                    self._signed_at = following.at
                if self._last is not None:
                    self._start = self._last.sequence
                self._checkpoint = self._last = following
        except BrokenError as error:
            self._found(Kind.CHECKPOINT, None, str(error))

    def _found(self, kind: Kind, sequence: int | None, text: str) -> None:
        if self.problem is None:
            self.problem = Problem(kind, self.writer, sequence, text)


def _seconds(since: str, until: str) -> float:
    try:
        return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
    except (ValueError, TypeError):
        return math.inf  # not a time that a writer writes
