"""A response, its cache key, and its encoding as an entry."""

import json
import secrets
import struct
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from io import BytesIO
from typing import NamedTuple, TypeAlias

MAGIC = b"erikti2\n"  # the format of an entry; a new format gets a new number
SEAL = 32  # bytes of a hash
# made_at by the clock of the backend, max_age, lengths of the etag and of the readings
HEADER = struct.Struct(">dIHI")
SKEW = 1.0  # seconds by which two processes may differ when they read one clock

# What an entry depends on besides its key: the server and the generations of its tags.
State: TypeAlias = tuple[bytes, ...]


def _now() -> float:
    return time.monotonic()


class Reading(NamedTuple):
    """The number of records about people in a response, by list and filter, or by key."""

    coordinate: str
    filter_hash: str | None
    records: int


@dataclass(frozen=True)
class Answer:
    """A response: its body and the number of seconds that it may be cached (0: not at all).

    ``readings`` list the records about people in it, which are logged at each use. ``made_at`` is
    in seconds of this process's monotonic clock, so adjusting the system clock does not change its
    age.
    """

    body: bytes
    etag: str
    max_age: int
    made_at: float = field(default_factory=_now)
    readings: Sequence[Reading] = ()

    @property
    def age(self) -> int:
        """Return whole seconds since it was computed, for the HTTP header Age."""
        return max(0, int(_now() - self.made_at))

    @property
    def fresh_for(self) -> float:
        """Return the seconds until it expires; 0 if it claims to be from the future."""
        age = _now() - self.made_at
        return max(0.0, self.max_age - max(age, 0.0)) if age > -SKEW else 0.0


def request_key(
    document: str,
    operation: str | None,
    variables: Mapping[str, object] | None,
    language: str,
    principal: Collection[str] = (),
) -> bytes:
    """Return what a response depends on in a canonical form; a cache stores its hash only.

    ``variables`` are plain JSON values. ``principal`` holds the attributes of the caller that may
    affect the response, in a fixed order.
    """
    parts = [document, operation, variables or {}, language, list(principal)]
    return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


def entry_bytes(answer: Answer) -> int:
    """Return the length of the entry of a response."""
    readings = len(json.dumps(answer.readings)) if answer.readings else len("[]")
    return len(MAGIC) + SEAL + HEADER.size + len(answer.etag) + readings + len(answer.body)


class Sealer:
    """Hashes keys, and encodes and decodes entries, with a secret.

    The seal of an entry covers its key, its state and its content, so an entry that is damaged,
    forged, or of another key or state is rejected.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = blake2b(secret).digest()

    def digest(self, key: bytes) -> bytes:
        """Return the hash of a key, which cannot be guessed without the secret."""
        return blake2b(key, key=self._secret, digest_size=SEAL).digest()

    def seal(self, digest: bytes, state: State, answer: Answer, ahead: float = 0.0) -> bytes:
        """Return the entry of a response; the backend's clock is ``ahead`` seconds ahead."""
        etag, read = answer.etag.encode(), json.dumps(answer.readings).encode()
        header = HEADER.pack(answer.made_at + ahead, answer.max_age, len(etag), len(read))
        content = header + etag + read + answer.body
        return MAGIC + self._seal(digest, state, content) + content

    def open(
        self, digest: bytes, state: State, entry: bytes | None, ahead: float = 0.0
    ) -> Answer | None:
        """Return the response in an entry; None if the seal is invalid or it has expired."""
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
