"""Reading of checkpoints, with verification of their signatures."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

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
BLOCK = 1 << 16  # bytes read at once when searching the end of a line
LOOKS = 1_000  # attempts to find a folder's files unchanged


class Checkpoint(NamedTuple):
    """A signed head; ``marks`` are prefixes of the entries' hashes since the previous one."""

    number: int
    sequence: int
    hash: str
    marks: list[str]
    closed: bool
    at: str
    seen: dict[str, int]
    database: str | None  # None in checkpoints of older versions
    successor: bool  # whether another process signed for a killed writer


class Line(TypedDict):
    """The fields of a signed line that are read."""

    checkpoint: int
    sequence: int
    hash: str
    marks: list[str]
    closed: bool
    recorded_at: str
    previous: str
    seen: NotRequired[dict[str, int]]
    database: NotRequired[str | None]
    successor: NotRequired[bool]


class BrokenError(Exception):
    """A checkpoint was changed or cannot be verified."""


class Keys:
    """The public keys that verify signatures."""

    def __init__(self, pems: Sequence[bytes]) -> None:
        self._keys = dict(map(_public_key, pems))

    def verify(self, payload: Mapping[str, object]) -> None:
        """Verify the signature of a signed object; raises BrokenError."""
        unsigned = {name: value for name, value in payload.items() if name != "signature"}
        key = self._keys.get(str(payload.get("key")))
        if key is None:
            raise BrokenError("it is signed with a key that was not given: add --public-key")
        try:
            key.verify(bytes.fromhex(str(payload["signature"])), canonical(unsigned))
        except (InvalidSignature, ValueError, KeyError, TypeError):
            raise BrokenError("its signature is invalid") from None


def _public_key(pem: bytes) -> tuple[str, Ed25519PublicKey]:
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise UnusableError("a public key is not in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableError("a public key is not an Ed25519 key")
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16], key


def whole_sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of a folder's files at one moment, up to the last complete line.

    Files only grow: if two attempts find the same sizes, they were unchanged in between.
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
    """The checkpoints of all chains, up to the sizes that their files had at creation."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        if not folder.is_dir():
            raise UnusableError(f"there is no folder {folder} with checkpoints")
        self.sizes = whole_sizes(folder)
        self.read = 0
        self._folder = folder
        self._keys = keys

    def of(self, writer: str) -> Iterator[Checkpoint]:
        """Yield the checkpoints of a chain in order; raises BrokenError at an invalid one.

        Ignores an incomplete last line, left by a killed writer; a file without a complete line
        is invalid.
        """
        left = self.sizes[writer]
        if not left:
            raise BrokenError("the file has none")
        before: Line | None = None
        previous = NOTHING
        with (self._folder / f"{writer}.jsonl").open("rb") as file:
            while line := file.readline(left):
                left -= len(line)
                payload = self._parse(line, writer, before, previous)
                before, previous = payload, sha256(line[:-1]).hexdigest()
                self.read += 1
                yield Checkpoint(
                    payload["checkpoint"],
                    payload["sequence"],
                    payload["hash"],
                    payload["marks"],
                    payload["closed"],
                    payload["recorded_at"],
                    payload.get("seen", {}),
                    payload.get("database"),
                    payload.get("successor", False),
                )

    def _parse(self, line: bytes, writer: str, before: Line | None, previous: str) -> Line:
        try:
            payload = json.loads(line)
        except ValueError:
            raise BrokenError("a line of the file is not a checkpoint") from None
        number = 0 if before is None else before["checkpoint"] + 1
        try:
            self._keys.verify(payload)
            if canonical(payload) != line[:-1]:
                raise BrokenError("its text was changed")
            if payload["writer"] != writer:
                raise BrokenError("it belongs to another chain")
            if payload["previous"] != previous:
                twin = before is not None and payload["previous"] == before["previous"]
                text = (
                    "two follow the same one: a fork"
                    if twin
                    else "it does not follow the previous one"
                )
                raise BrokenError(f"{text} (it has number {payload['checkpoint']})")
            start = -1 if before is None else before["sequence"]
            if payload["checkpoint"] != number or payload["sequence"] - start != len(
                payload["marks"]
            ):
                raise BrokenError("its numbers are not consecutive")
        except BrokenError as error:
            raise BrokenError(f"checkpoint {number}: {error}") from None
        except (KeyError, TypeError, AttributeError):
            raise BrokenError(f"checkpoint {number} lacks a field") from None
        checked: Line = payload
        return checked
