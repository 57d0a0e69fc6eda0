"""Files that are made at the first start: whole, once, and nobody's but their owner's."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from erikti.sealing.keyring import HASH, Keyring, SealingError, new_entry


def kept(path: Path) -> Keyring:
    """The keyring of a file, which is made where there is none; only its owner may read it.

    Raises SealingError for a file that holds no keyring.
    """
    made_once(path, lambda file: file.write_text(f"{new_entry()}\n{new_entry(HASH)}\n"))
    try:
        return Keyring.parse(path.read_text(encoding="ascii"))
    except ValueError as error:
        # A UnicodeDecodeError would show the bytes.
        reason = "not text" if isinstance(error, UnicodeError) else str(error)
        raise SealingError(f"the file of keys {path}: {reason}") from None


def made_once(path: Path, fill: Callable[[Path], object]) -> None:
    """See that there is a file, which ``fill`` fills where there is none.

    Of several processes or threads that start at once one makes it, and all find that one,
    whole and on disk. Raises OSError with the path of the file.
    """
    try:
        if not path.exists():
            _make(path, fill)
    except OSError as error:
        # Not the name of the temporary file, and on a full disk none at all.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _make(path: Path, fill: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        fill(temporary)
        _reach_disk(temporary)
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    _reach_disk(path.parent)


def _reach_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
