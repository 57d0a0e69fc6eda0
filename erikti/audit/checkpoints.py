"""Checkpoints: the head of a chain, signed and appended to a file in a second place."""

import fcntl
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit.entries import START, canonical
from erikti.audit.signing_key import key_id
from erikti.audit.stores import Tail
from erikti.audit.witness import LAST_LINE, Witness, whole_lines
from models.access import microseconds


class CheckpointFile:
    """The checkpoints of one writer, one JSON object a line; its methods block.

    Each names the one before by hash, so none can be left out, and says how long the files of
    other writers have become, so that none of those can go or shrink. The file is locked until
    ``close``: whose lock is free was killed, and another may sign for what it left (``taken``).
    """

    def __init__(self, folder: Path, key: Ed25519PrivateKey, writer: UUID, database: UUID) -> None:
        self.path = folder / f"{writer}.jsonl"
        #: Whether the file is not any more what this writer wrote: it cannot be continued.
        self.lost = False
        self._database = database
        self._key = key
        self.writer = writer
        self._others: Witness | None = Witness(self.path, key.public_key())
        self._lock: int | None = None
        self._number = 0
        self._previous = START
        self._size = 0

    @classmethod
    def taken(cls, path: Path, key: Ed25519PrivateKey, database: UUID) -> tuple[Self, Tail] | None:
        """The file of a writer that was killed, to be closed, and the head that it signed for.

        None where its last checkpoint closes it, or is of another key or database. Raises
        BlockingIOError where the writer lives, OSError where it cannot be told.
        """
        file = cls(path.parent, key, UUID(path.stem), database)
        file._others = None
        file._lock = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(file._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            head = file._resume()
        except (ValueError, KeyError, TypeError, InvalidSignature):
            head = None
        except BaseException:
            file.close()
            raise
        if head is None:
            file.close()
            return None
        return file, head

    def _resume(self) -> Tail | None:
        """Go on behind the last whole checkpoint, unless it closes the file."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            start = file.seek(max(size - LAST_LINE, 0))
            lines = whole_lines(file.read())
        said = json.loads(lines[-1]) if lines else {}
        signature = bytes.fromhex(said.pop("signature"))
        self._key.public_key().verify(signature, canonical(said))
        ours = (said["writer"], said["database"]) == (str(self.writer), str(self._database))
        if said["closed"] or not ours:
            return None
        self._number = said["checkpoint"] + 1
        self._previous = sha256(lines[-1][:-1]).digest()
        self._size = start + sum(map(len, lines))
        return said["sequence"], bytes.fromhex(said["hash"])

    def close(self) -> None:
        """Let go of the file: what is not closed by then is for others to close."""
        handle, self._lock = self._lock, None
        if handle is not None:
            os.close(handle)

    def open(self) -> None:
        """Announce the chain before it has an entry; may be called again after an error.

        Raises OSError where that cannot be kept, and leaves no file then.
        """
        folder = self.path.parent
        if not self._size:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            assert self._others is not None
            self._others.begin()
            self._add(-1, START, (), self._create)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)  # or the file's name could be lost
        finally:
            os.close(handle)

    def outdated(self) -> bool:
        """Whether other writers have signed for something since the last checkpoint."""
        return self._others is not None and self._others.look().news

    def add(
        self, sequence: int, head: bytes, marks: Sequence[str], *, closed: bool = False
    ) -> None:
        """Sign that entry ``sequence`` has the hash ``head``; kept when this returns.

        ``marks`` are the beginnings of the hashes of all entries since the last checkpoint:
        they tell which of them was changed. Raises OSError, and nothing was added.
        """
        self._add(sequence, head, marks, self._append, closed)

    def _add(
        self,
        sequence: int,
        head: bytes,
        marks: Sequence[str],
        keep: Any,
        closed: bool = False,
    ) -> None:
        seen = self._others.look().sizes if self._others else {}
        said = {
            "checkpoint": self._number,
            "closed": closed,
            "database": str(self._database),
            "hash": head.hex(),
            "key": key_id(self._key),
            "marks": list(marks),
            "previous": self._previous.hex(),
            "recorded_at": microseconds(datetime.now(UTC)),
            "seen": seen,
            "sequence": sequence,
            "successor": self._others is None,
            "writer": str(self.writer),
        }
        line = canonical({**said, "signature": self._key.sign(canonical(said)).hex()})
        keep(line + b"\n")
        if self._others:
            self._others.vouched(seen)
        self._number += 1
        self._previous = sha256(line).digest()
        self._size += len(line) + 1

    def _create(self, line: bytes) -> None:
        """The file appears with its first line whole, or not at all."""
        new = self.path.with_suffix(".new")
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._lock = handle
            fcntl.flock(handle, fcntl.LOCK_EX)
            _write(handle, line)
            new.rename(self.path)
        except BaseException:
            new.unlink(missing_ok=True)
            self.close()
            raise

    def _append(self, line: bytes) -> None:
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            self.lost = True
            raise
        try:
            size = os.fstat(handle).st_size
            if size < self._size or b"\n" in os.pread(handle, LAST_LINE, self._size):
                self.lost = True
                raise OSError("checkpoints were taken away, or added by another")
            if size > self._size:
                os.ftruncate(handle, self._size)  # the rest of a line that did not get through
            _write(handle, line)
        finally:
            os.close(handle)


def _write(handle: int, line: bytes) -> None:
    with open(handle, "wb", closefd=False) as file:
        file.write(line)
    os.fsync(handle)
