"""Witnessing: a writer records the sizes of other writers' files in its own checkpoints."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from erikti.audit.entries import canonical

LAST_LINE = 1 << 20  # maximum bytes of a line


class Look(NamedTuple):
    """Files that grew since their sizes were last recorded.

    ``sizes`` are their complete lines in bytes, by writer; ``signs`` is whether one of these
    lines signs entries. A line that only records sizes triggers no new checkpoint, or two idle
    writers would react to each other forever.
    """

    sizes: dict[str, int]
    signs: bool


class Witness:
    """The other files of a folder; its methods block."""

    def __init__(self, own: Path, key: Ed25519PublicKey) -> None:
        self._own = own
        self._key = key
        self._recorded: dict[str, int] = {}

    def begin(self) -> None:
        """Skip what the first lines of other chains record already.

        An attacker would have to remove those files too, and their sizes are recorded in turn. So
        all files are covered without listing every file of a large folder in each of them.
        """
        self._recorded = {}
        for path in self._files():
            self.record(_first_seen(path, self._key))

    def look(self) -> Look:
        """Return the files that grew beyond their recorded sizes."""
        sizes: dict[str, int] = {}
        signs = False
        for path in self._files():
            known = self._recorded.get(path.stem, 0)
            try:
                if path.stat().st_size <= known:
                    continue
                size, signed = _grown(path, known)
            except OSError:
                continue  # the verifier reports unreadable files
            if size > known:
                sizes[path.stem] = size
                signs = signs or signed
        return Look(sizes, signs)

    def record(self, sizes: dict[str, int]) -> None:
        """Note that a checkpoint with these sizes was written."""
        for writer, size in sizes.items():
            self._recorded[writer] = max(size, self._recorded.get(writer, 0))

    def _files(self) -> list[Path]:
        return [path for path in self._own.parent.glob("*.jsonl") if path != self._own]


def _grown(path: Path, known: int) -> tuple[int, bool]:
    """Return the end of a file's last complete line, and whether lines after ``known`` sign."""
    with path.open("rb") as file:
        os.fsync(file)  # recorded data must survive a crash that this writer's file survives
        size = file.seek(0, os.SEEK_END)
        start = file.seek(max(known, size - LAST_LINE))
        lines = whole_lines(file.read())
    if not lines:
        return known, False
    return start + sum(map(len, lines)), any(map(_signs, lines))


def whole_lines(text: bytes) -> list[bytes]:
    """Return the complete lines of a text."""
    lines = text.splitlines(keepends=True)
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def _signs(line: bytes) -> bool:
    payload = parsed(line)
    return bool(payload.get("marks") or payload.get("closed") or payload.get("checkpoint") == 0)


def _first_seen(path: Path, key: Ed25519PublicKey) -> dict[str, int]:
    """Return the sizes in the first line of a file if this key signed it."""
    try:
        with path.open("rb") as file:
            payload = parsed(file.readline())
        signature = bytes.fromhex(str(payload.pop("signature")))
        key.verify(signature, canonical(payload))
    except (OSError, ValueError, KeyError, TypeError, InvalidSignature):
        return {}
    seen = payload.get("seen")
    return seen if isinstance(seen, dict) and payload["writer"] == path.stem else {}


def parsed(line: bytes) -> dict[str, object]:
    """Return the JSON object in a line, or an empty one if it is invalid."""
    try:
        payload = json.loads(line)
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}
