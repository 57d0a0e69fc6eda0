"""What a writer has seen of other writers' checkpoints, and vouches for in its own."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from erikti.audit.entries import canonical

LAST_LINE = 1 << 20  # bytes in which a line of a file is sure to end


class Look(NamedTuple):
    """Files that grew since they were vouched for.

    ``sizes`` are their whole lines in bytes, by writer; ``news`` tells whether one of these
    lines signs for something. One that only vouches for others is no reason to write another,
    or two idle writers would answer one another for ever.
    """

    sizes: dict[str, int]
    news: bool


class Witness:
    """The other files of a folder; its methods block."""

    def __init__(self, own: Path, key: Ed25519PublicKey) -> None:
        self._own = own
        self._key = key
        self._vouched: dict[str, int] = {}

    def begin(self) -> None:
        """Leave out what the first lines of other chains vouch for already.

        Who would remove that has to remove those as well, and they are vouched for in turn: so
        everything is covered, and a folder of many files is not listed in each of them.
        """
        self._vouched = {}
        for path in self._files():
            self.vouched(_first_seen(path, self._key))

    def look(self) -> Look:
        """What is there beyond what was vouched for."""
        sizes: dict[str, int] = {}
        news = False
        for path in self._files():
            known = self._vouched.get(path.stem, 0)
            try:
                if path.stat().st_size <= known:
                    continue
                size, says = _grown(path, known)
            except OSError:
                continue  # not for us to read: the verifier tells what is wrong with it
            if size > known:
                sizes[path.stem] = size
                news = news or says
        return Look(sizes, news)

    def vouched(self, sizes: dict[str, int]) -> None:
        """A checkpoint with these sizes is kept."""
        for writer, size in sizes.items():
            self._vouched[writer] = max(size, self._vouched.get(writer, 0))

    def _files(self) -> list[Path]:
        return [path for path in self._own.parent.glob("*.jsonl") if path != self._own]


def _grown(path: Path, known: int) -> tuple[int, bool]:
    """Where the last whole line of a file ends, and whether those behind ``known`` sign."""
    with path.open("rb") as file:
        os.fsync(file)  # what we vouch for must not be lost in a crash that spares our own
        size = file.seek(0, os.SEEK_END)
        start = file.seek(max(known, size - LAST_LINE))
        lines = whole_lines(file.read())
    if not lines:
        return known, False
    return start + sum(map(len, lines)), any(map(_signs, lines))


def whole_lines(text: bytes) -> list[bytes]:
    """The lines of a text that have an end."""
    lines = text.splitlines(keepends=True)
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def _signs(line: bytes) -> bool:
    said = parsed(line)
    return bool(said.get("marks") or said.get("closed") or said.get("checkpoint") == 0)


def _first_seen(path: Path, key: Ed25519PublicKey) -> dict[str, int]:
    """What the first line of a file vouches for, where we signed it."""
    try:
        with path.open("rb") as file:
            said = parsed(file.readline())
        signature = bytes.fromhex(said.pop("signature"))
        key.verify(signature, canonical(said))
    except (OSError, ValueError, KeyError, TypeError, InvalidSignature):
        return {}
    return said["seen"] if said["writer"] == path.stem else {}


def parsed(line: bytes) -> dict[str, Any]:
    """The object in a line of a file, an empty one where there is none."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
