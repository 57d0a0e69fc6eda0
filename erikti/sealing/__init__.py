"""Values that nobody reads without a key: keys, sealing, keyed hashes; knows no table."""

from erikti.sealing.keyfile import kept, made_once
from erikti.sealing.keyring import (
    HASH,
    Keyring,
    NotSealedError,
    SealingError,
    UnknownKeyError,
    UnreadableError,
    is_sealed,
    key_id,
    new_entry,
)

__all__ = [
    "HASH",
    "Keyring",
    "NotSealedError",
    "SealingError",
    "UnknownKeyError",
    "UnreadableError",
    "is_sealed",
    "kept",
    "key_id",
    "made_once",
    "new_entry",
]
