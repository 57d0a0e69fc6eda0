"""Checkpoints: the head of a chain, signed and appended to a file in a second place."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.entries import START, canonical
from audit.keys import key_id
from models.access import microseconds

SEEN = 100  # other chains' files that a new one vouches for
LAST_LINE = 1 << 20  # bytes in which a line of a file is sure to end


class CheckpointFile:
    """The checkpoints of one writer, one JSON object a line; its methods block.

    Each names the one before by hash, so none can be left out; the first says how long the
    files of other writers were, so that none of those can go or shrink.
    """

    def __init__(self, folder: Path, key: Ed25519PrivateKey, writer: UUID) -> None:
        self.path = folder / f"{writer}.jsonl"
        self._key = key
        self._writer = writer
        self._number = 0
        self._previous = START
        self._size = 0

    def open(self) -> None:
        """Announce the chain before it has an entry; raises OSError where that cannot be kept."""
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        seen = _sizes(folder)
        self.add(-1, START, (), seen=seen)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)  # or the file's name could be lost
        finally:
            os.close(handle)

    def add(self, sequence: int, head: bytes, marks: Sequence[str], **more: Any) -> None:
        """Sign that entry ``sequence`` has the hash ``head``; kept when this returns.

        ``marks`` are the beginnings of the hashes of all entries since the last checkpoint:
        they tell which of them was changed. Raises OSError, and nothing was added.
        """
        said = {
            "checkpoint": self._number,
            "closed": False,
            "hash": head.hex(),
            "key": key_id(self._key),
            "marks": list(marks),
            "previous": self._previous.hex(),
            "recorded_at": microseconds(datetime.now(UTC)),
            "sequence": sequence,
            "writer": str(self._writer),
            **more,
        }
        line = canonical({**said, "signature": self._key.sign(canonical(said)).hex()})
        self._append(line + b"\n")
        self._number += 1
        self._previous = sha256(line).digest()

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        handle = os.open(self.path, flags | (0 if self._size else os.O_EXCL), 0o600)
        try:
            if os.fstat(handle).st_size != self._size:
                os.ftruncate(handle, self._size)  # the rest of a line that did not get through
            with open(handle, "wb", closefd=False) as file:
                file.write(line)
            os.fsync(handle)
        finally:
            os.close(handle)
        self._size += len(line)


def _sizes(folder: Path) -> dict[str, int]:
    """How long the newest files of the folder are, up to the end of their last whole line."""
    files = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)[-SEEN:]
    return {path.stem: _whole(path) for path in files}


def _whole(path: Path) -> int:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = file.seek(-min(size, LAST_LINE), os.SEEK_END)
        return start + file.read().rfind(b"\n") + 1
