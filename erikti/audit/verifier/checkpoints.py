"""Checkpoints as they lie in their folder, each tried against the public keys."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from erikti.audit.verifier.problems import UnusableError
from erikti.audit.verifier.sources import canonical

NOTHING = "0" * 64
BLOCK = 1 << 16  # bytes that are looked at for the end of a line
LOOKS = 1_000  # at a folder whose files grow meanwhile


class Checkpoint(NamedTuple):
    """A signed head: ``marks`` are the beginnings of the hashes since the one before."""

    number: int
    sequence: int
    hash: str
    marks: list[str]
    closed: bool
    at: str
    seen: dict[str, int]
    database: str | None  # None in those of older versions
    successor: bool  # whether another signed for what a killed writer left


class BrokenError(Exception):
    """A checkpoint is not what was written."""


class Keys:
    """The public keys that signatures may be made with."""

    def __init__(self, pems: Sequence[bytes]) -> None:
        self._keys = dict(map(_public_key, pems))

    def verify(self, said: dict[str, Any]) -> None:
        """Try the signature of a signed object; raises BrokenError."""
        unsigned = {name: value for name, value in said.items() if name != "signature"}
        key = self._keys.get(str(said.get("key")))
        if key is None:
            raise BrokenError("it is signed with a key that was not given")
        try:
            key.verify(bytes.fromhex(said["signature"]), canonical(unsigned))
        except (InvalidSignature, ValueError, KeyError, TypeError):
            raise BrokenError("its signature is wrong") from None


def _public_key(pem: bytes) -> tuple[str, Ed25519PublicKey]:
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise UnusableError("a public key is not in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableError("a public key is of another kind than Ed25519")
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16], key


def whole_sizes(folder: Path) -> dict[str, int]:
    """How long the files of a folder are at one moment, up to the end of their last whole line.

    Files only grow: where two looks find the same, that was so between them.
    """
    before: dict[Path, int] = {}
    for _ in range(LOOKS):
        found = {path: path.stat().st_size for path in folder.glob("*.jsonl") if path.is_file()}
        if found == before:
            break
        before = found
    return {path.stem: _whole(path, size) for path, size in before.items()}


def _whole(path: Path, size: int) -> int:
    with path.open("rb") as file:
        while size:
            start = max(size - BLOCK, 0)
            file.seek(start)
            end = file.read(size - start).rfind(b"\n")
            if end >= 0:
                return start + end + 1
            size = start
    return 0


class Files:
    """The checkpoints of all chains, up to where their files ended when this was made."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        if not folder.is_dir():
            raise UnusableError(f"there is no folder {folder} with checkpoints")
        self.sizes = whole_sizes(folder)
        self.read = 0
        self._folder = folder
        self._keys = keys

    def of(self, writer: str) -> Iterator[Checkpoint]:
        """The checkpoints of a chain in order; raises BrokenError at one that is not right.

        A last line without an end was being written when its writer was killed; a file without
        a whole one announces nothing.
        """
        left = self.sizes[writer]
        if not left:
            raise BrokenError("the file holds none")
        before: dict[str, Any] | None = None
        previous = NOTHING
        with (self._folder / f"{writer}.jsonl").open("rb") as file:
            while line := file.readline(left):
                left -= len(line)
                said = self._parse(line, writer, before, previous)
                before, previous = said, sha256(line[:-1]).hexdigest()
                self.read += 1
                yield Checkpoint(
                    said["checkpoint"],
                    said["sequence"],
                    said["hash"],
                    said["marks"],
                    said["closed"],
                    said["recorded_at"],
                    said.get("seen", {}),
                    said.get("database"),
                    said.get("successor", False),
                )

    def _parse(
        self, line: bytes, writer: str, before: dict[str, Any] | None, previous: str
    ) -> dict[str, Any]:
        try:
            said = json.loads(line)
        except ValueError:
            raise BrokenError("a line of the file is no checkpoint") from None
        number = 0 if before is None else before["checkpoint"] + 1
        try:
            self._keys.verify(said)
            if canonical(said) != line[:-1]:
                raise BrokenError("it is not written as it was")
            if said["writer"] != writer:
                raise BrokenError("it belongs to another chain")
            if said["previous"] != previous:
                twin = before is not None and said["previous"] == before["previous"]
                text = "two follow the same one: a fork" if twin else "it does not follow its own"
                raise BrokenError(f"{text} (it has number {said['checkpoint']})")
            start = -1 if before is None else before["sequence"]
            if said["checkpoint"] != number or said["sequence"] - start != len(said["marks"]):
                raise BrokenError("its numbers are wrong")
        except BrokenError as error:
            raise BrokenError(f"checkpoint {number}: {error}") from None
        except (KeyError, TypeError, AttributeError):
            raise BrokenError(f"checkpoint {number} lacks what it should say") from None
        return dict(said)
