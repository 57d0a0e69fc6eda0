"""An answer, the key that it is found by, and the bytes that it is kept as."""

import json
import secrets
import struct
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from io import BytesIO
from typing import Any, NamedTuple, TypeAlias

MAGIC = b"erikti2\n"  # the form of an entry; another form gets another number
SEAL = 32  # bytes of a hash
# made_at by the clock of the backend, max_age, lengths of the etag and of the readings
HEADER = struct.Struct(">dIHI")
SKEW = 1.0  # seconds by which two processes may read one clock differently

# What an entry depends on besides its key: the server, and the generations of its tags.
State: TypeAlias = tuple[bytes, ...]


def _now() -> float:
    return time.monotonic()


class Reading(NamedTuple):
    """How many records about people an answer holds: of which list and filter, or by their keys."""

    coordinate: str
    filter_hash: str | None
    records: int


@dataclass(frozen=True)
class Answer:
    """A finished answer: its bytes, and for how many seconds it may be kept (0: not at all).

    ``readings`` are those of records about people: each reading of them is recorded. ``made_at`` is
    in seconds of this process's monotonic clock: no setting of a clock makes an answer older or
    younger.
    """

    body: bytes
    etag: str
    max_age: int
    made_at: float = field(default_factory=_now)
    readings: Sequence[Reading] = ()

    @property
    def age(self) -> int:
        """Whole seconds since it was made: the HTTP header Age."""
        return max(0, int(_now() - self.made_at))

    @property
    def fresh_for(self) -> float:
        """For how many more seconds it may be used; none where it is from the future."""
        age = _now() - self.made_at
        return max(0.0, self.max_age - max(age, 0.0)) if age > -SKEW else 0.0


def request_key(
    document: str,
    operation: str | None,
    variables: Mapping[str, Any] | None,
    language: str,
    principal: Collection[str] = (),
) -> bytes:
    """What an answer depends on, in one canonical form; a cache keeps no more than its hash.

    ``variables`` are plain JSON values. ``principal`` is all that the answer may depend on of
    the caller, in a fixed order.
    """
    parts = [document, operation, variables or {}, language, list(principal)]
    return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


class Sealer:
    """Hashes keys, and turns answers into entries and back, under a secret.

    The seal of an entry covers its key, the state that it was made in and its content. So an
    entry that is damaged, forged, another key's or of another state cannot be opened.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = blake2b(secret).digest()

    def digest(self, key: bytes) -> bytes:
        """The hash of a key; without the secret nobody can try out what may be in the key."""
        return blake2b(key, key=self._secret, digest_size=SEAL).digest()

    def seal(self, digest: bytes, state: State, answer: Answer, ahead: float = 0.0) -> bytes:
        """The entry of an answer; the backend's clock is so many seconds ahead of our own."""
        etag, read = answer.etag.encode(), json.dumps(answer.readings).encode()
        header = HEADER.pack(answer.made_at + ahead, answer.max_age, len(etag), len(read))
        content = header + etag + read + answer.body
        return MAGIC + self._seal(digest, state, content) + content

    def open(
        self, digest: bytes, state: State, entry: bytes | None, ahead: float = 0.0
    ) -> Answer | None:
        """The answer in an entry; None where the seal is not good or the answer too old."""
        if entry is None or not entry.startswith(MAGIC):
            return None
        seal, content = entry[len(MAGIC) :][:SEAL], entry[len(MAGIC) + SEAL :]
        if not secrets.compare_digest(seal, self._seal(digest, state, content)):
            return None
        made_at, max_age, *lengths = HEADER.unpack_from(content)
        parts = BytesIO(content[HEADER.size :])
        etag, read = map(parts.read, lengths)
        readings = [Reading(*reading) for reading in json.loads(read)]
        answer = Answer(parts.read(), etag.decode(), max_age, made_at - ahead, readings)
        return answer if answer.fresh_for > 0 else None

    def _seal(self, digest: bytes, state: State, content: bytes) -> bytes:
        found = blake2b(repr((digest, *state)).encode(), key=self._secret, digest_size=SEAL)
        found.update(content)
        return found.digest()
