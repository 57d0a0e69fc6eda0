"""The file of keys that is made at the first start where none are given."""

import os
from pathlib import Path

from sealing.keyring import HASH, Keyring, SealingError, new_entry


def kept(path: Path) -> Keyring:
    """The keyring of a file, which is made where there is none; only its owner may read it.

    Raises SealingError for a file that holds no keyring.
    """
    if not path.exists():
        _make(path)
    try:
        return Keyring.parse(path.read_text(encoding="ascii"))
    except ValueError as error:
        # A UnicodeDecodeError would show the bytes.
        reason = "not text" if isinstance(error, UnicodeError) else str(error)
        raise SealingError(f"the file of keys {path}: {reason}") from None


def _make(path: Path) -> None:
    """Of several processes that start at once one makes the file, and it is whole on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{new_entry()}\n{new_entry(HASH)}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
