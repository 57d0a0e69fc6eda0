"""The key that signs checkpoints (Ed25519), generated at the first start and stored as PEM."""

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

from erikti.sealing import create_once


class AuditKeyError(Exception):
    """The file with the signing key cannot be used."""


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in a PEM file, which is generated if it does not exist.

    Raises AuditKeyError if the file has other content, OSError if it cannot be read.
    """
    create_once(path, lambda file: file.write_bytes(_new()))
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise AuditKeyError(f"{path} has no unencrypted private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AuditKeyError(f"{path} has a key that is not Ed25519")
    return key


def _new() -> bytes:
    made = Ed25519PrivateKey.generate()
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """Return the public key as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Ed25519PrivateKey) -> str:
    """Return the ID of a key: the first 16 hexadecimal digits of the public key's SHA-256."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]
