"""A keyring: the keys that seal values, and the key for keyed hashes.

AES-256-GCM with a random nonce for each value; BLAKE2b for the hashes. A key may seal 2^32
values (NIST SP 800-38D, 8.3). No error message contains a key or a value.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HASH = "hash"
RESERVED = frozenset({"plain"})  # what a table of keys calls values without one
KEY_SIZE = 32
NONCE_SIZE = 12
HASH_SIZE = 24
_KEY_ID = re.compile(r"[a-z0-9]{1,16}")
# Nonce and tag have at least 38 characters, so no IIN, address or number has this form.
_SEALED = re.compile(r"([a-z0-9]{1,16})\.([A-Za-z0-9_-]{38,})")
_PROOF = b"proof"


class SealingError(Exception):
    """A value cannot be sealed or read; the message contains neither value nor key."""


class NotSealedError(SealingError):
    """A value that should be sealed is plain text."""


class UnknownKeyError(SealingError):
    """A value is sealed with a key that the keyring does not have."""


class UnreadableError(SealingError):
    """A value was changed, or sealed with another key or in another context."""


class Keyring:
    """Keys by ID; the first one seals, all of them read.

    ``context`` identifies the place of a value: a value sealed for one cannot be read at another.
    """

    def __init__(self, keys: Mapping[str, bytes], hash_key: bytes) -> None:
        self.current = next(iter(keys))
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._hash_key = hash_key

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Return the keyring of entries ``id:base64``, separated by commas or line breaks.

        The entry ``hash`` is the hash key. Raises ValueError with the number of an invalid entry.
        """
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(filter(None, re.split(r"[\s,]+", text)), 1):
            name, _, encoded = entry.partition(":")
            if not _KEY_ID.fullmatch(name) or name in RESERVED:
                raise ValueError(
                    f"entry {number} must start with an ID of 1 to 16 lower-case letters and "
                    "digits and a colon"
                )
            if name in keys:
                raise ValueError(f"entry {number} has the same ID as an earlier one")
            keys[name] = _key(encoded, number)
        hash_key = keys.pop(HASH, None)
        if hash_key is None or not keys:
            raise ValueError("a keyring needs the entry hash and at least one other")
        if len({hash_key, *keys.values()}) <= len(keys):
            raise ValueError("two entries have the same key")
        return cls(keys, hash_key)

    def __contains__(self, name: str) -> bool:
        return name in self._ciphers

    def __iter__(self) -> Iterator[str]:
        return iter(self._ciphers)

    def seal(self, context: bytes, value: str) -> str:
        """Return a value sealed with the current key: ``id.base64url``, different each time."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        sealed = self._ciphers[self.current].encrypt(nonce, value.encode(), context)
        return f"{self.current}.{_encoded(nonce + sealed)}"

    def unseal(self, context: bytes, sealed: str) -> str:
        """Return the plain value; raises NotSealedError, UnknownKeyError or UnreadableError."""
        found = _SEALED.fullmatch(sealed)
        if found is None:
            raise NotSealedError("a value is not sealed: run erikti migrate")
        name, body = found.groups()
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise UnknownKeyError(
                f"a value is sealed with the key {name!r}, which is not among the keys in use"
            )
        try:
            raw = urlsafe_b64decode(body + "==")
            return cipher.decrypt(raw[:NONCE_SIZE], raw[NONCE_SIZE:], context).decode()
        except (InvalidTag, ValueError):
            reason = f"a value was changed, or was not sealed with the key {name!r} for this place"
            raise UnreadableError(reason) from None

    def digest(self, value: str) -> str:
        """Return the keyed hash of a value for lookups: 32 characters."""
        hashed = blake2b(value.encode(), digest_size=HASH_SIZE, key=self._hash_key)
        return _encoded(hashed.digest())

    def proof(self, name: str) -> str:
        """Return a value that later verifies that a key is the same, without revealing it."""
        if name == HASH:
            return self.digest("")
        nonce = secrets.token_bytes(NONCE_SIZE)
        return _encoded(nonce + self._ciphers[name].encrypt(nonce, b"", _PROOF))

    def proves(self, name: str, proof: str) -> bool:
        """Return whether a proof was made with the key that has this ID now."""
        if name == HASH:
            return secrets.compare_digest(self.digest(""), proof)
        raw = urlsafe_b64decode(proof + "==")
        try:
            self._ciphers[name].decrypt(raw[:NONCE_SIZE], raw[NONCE_SIZE:], _PROOF)
        except InvalidTag:
            return False
        return True


def is_sealed(value: str) -> bool:
    """Return whether a text has the form of a sealed value."""
    return _SEALED.fullmatch(value) is not None


def key_id(sealed: str) -> str | None:
    """Return the ID of the key that sealed a value, or None if it is not sealed."""
    found = _SEALED.fullmatch(sealed)
    return found and found[1]


def new_entry(name: str | None = None) -> str:
    """Return an entry with a new random key, and a new ID unless one is given."""
    return f"{name or 'k' + secrets.token_hex(4)}:{_encoded(secrets.token_bytes(KEY_SIZE))}"


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _key(encoded: str, number: int) -> bytes:
    # Accepts both alphabets of base64, since key managers use either.
    plain = encoded.rstrip("=").replace("+", "-").replace("/", "_")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", plain):
        raise ValueError(f"the key of entry {number} is not {KEY_SIZE} bytes in base64")
    return urlsafe_b64decode(plain + "=")
