"""The form of global IDs (Relay): the type and the key of a record, opaque to clients."""

from binascii import b2a_base64
from uuid import UUID


def encoded(name: str, key: object) -> str:
    """Return the global ID of the record of a type with this key."""
    return b2a_base64(f"{name}:{key_text(key)}".encode(), newline=False).decode()


def key_text(key: object) -> str:
    """Return a key as text, independent of the database's representation."""
    return str(UUID(bytes=key) if isinstance(key, bytes) else key)
