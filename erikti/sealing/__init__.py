"""Encryption of values: keyrings, sealing and keyed hashes, independent of tables."""

from erikti.sealing.keyfile import create_once, load_or_create
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
    "create_once",
    "is_sealed",
    "key_id",
    "load_or_create",
    "new_entry",
]
