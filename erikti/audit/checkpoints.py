"""Checkpoints: signed heads of a chain, appended to a file outside the database."""

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit.entries import START, canonical
from erikti.audit.signing_key import key_id
from erikti.audit.stores import Tail
from erikti.audit.witness import LAST_LINE, Witness, whole_lines
from models.access import microseconds


class CheckpointFile:
    """The checkpoints of one writer, one JSON object per line; its methods block.

    Each has the hash of the previous one, so that none can be omitted, and the sizes of the files
    of other writers, so that none of those can be removed or truncated. The file is locked until
    ``close``: if the lock is free, the writer was killed, and another may take over (``taken``).
    """

    def __init__(self, folder: Path, key: Ed25519PrivateKey, writer: UUID, database: UUID) -> None:
        self.path = folder / f"{writer}.jsonl"
        #: Whether the file was changed by another process, so that it cannot be continued.
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
        """Take over the file of a killed writer; return it and the last signed head.

        Returns None if its last checkpoint closes it, or has another key or database. Raises
        BlockingIOError if the writer is running, OSError if the file cannot be read.
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
        """Continue after the last complete checkpoint; return its head, or None if it closes."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            start = file.seek(max(size - LAST_LINE, 0))
            lines = whole_lines(file.read())
        payload = json.loads(lines[-1]) if lines else {}
        signature = bytes.fromhex(payload.pop("signature"))
        self._key.public_key().verify(signature, canonical(payload))
        own = (payload["writer"], payload["database"]) == (str(self.writer), str(self._database))
        if payload["closed"] or not own:
            return None
        self._number = payload["checkpoint"] + 1
        self._previous = sha256(lines[-1][:-1]).digest()
        self._size = start + sum(map(len, lines))
        return payload["sequence"], bytes.fromhex(payload["hash"])

    def close(self) -> None:
        """Release the lock, so that another process may close an unclosed chain."""
        handle, self._lock = self._lock, None
        if handle is not None:
            os.close(handle)

    def open(self) -> None:
        """Announce the chain before its first entry; may be called again after an error.

        Raises OSError, leaving no file, if the announcement cannot be stored.
        """
        folder = self.path.parent
        if not self._size:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            assert self._others is not None
            self._others.begin()
            self._add(-1, START, (), self._create)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)  # makes the directory entry durable
        finally:
            os.close(handle)

    def outdated(self) -> bool:
        """Return whether other writers have signed entries since the last checkpoint."""
        return self._others is not None and self._others.look().signs

    def add(
        self, sequence: int, head: bytes, marks: Sequence[str], *, closed: bool = False
    ) -> None:
        """Sign that entry ``sequence`` has the hash ``head``; durable when this returns.

        ``marks`` are prefixes of the hashes of all entries since the last checkpoint, which
        identify a changed entry. Raises OSError, having added nothing.
        """
        self._add(sequence, head, marks, self._append, closed)

    def _add(
        self,
        sequence: int,
        head: bytes,
        marks: Sequence[str],
        keep: Callable[[bytes], None],
        closed: bool = False,
    ) -> None:
        seen = self._others.look().sizes if self._others else {}
        payload = {
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
        line = canonical({**payload, "signature": self._key.sign(canonical(payload)).hex()})
        keep(line + b"\n")
        if self._others:
            self._others.record(seen)
        self._number += 1
        self._previous = sha256(line).digest()
        self._size += len(line) + 1

    def _create(self, line: bytes) -> None:
        """Create the file atomically with its first line."""
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
                raise OSError("checkpoints were removed, or added by another process")
            if size > self._size:
                os.ftruncate(handle, self._size)  # removes an incomplete line
            _write(handle, line)
        finally:
            os.close(handle)


def _write(handle: int, line: bytes) -> None:
    with open(handle, "wb", closefd=False) as file:
        file.write(line)
    os.fsync(handle)
