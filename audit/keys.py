"""The key that signs checkpoints (Ed25519): made at the first start, kept as PEM."""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class AuditKeyError(Exception):
    """The file with the signing key cannot be used."""


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file, which is made where there is none.

    Raises AuditKeyError where the file holds something else, OSError where it cannot be read.
    """
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise AuditKeyError(f"{path} holds no private key in PEM without a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AuditKeyError(f"{path} holds a key of another kind than Ed25519")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    temporary = path.with_suffix(f".{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        # Of several processes that start together one wins, and all use its key.
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half, to hand out."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Ed25519PrivateKey) -> str:
    """The name of a key: the first 16 hexadecimal digits of its public half's SHA-256."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]
