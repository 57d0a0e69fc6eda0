"""Files with secrets that are created at the first start, atomically and only once."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from erikti.sealing.keyring import HASH, Keyring, SealingError, new_entry


def load_or_create(path: Path) -> Keyring:
    """Return the keyring in a file, which is created if missing, readable only by its owner.

    Raises SealingError if the file has no valid keyring.
    """
    create_once(path, lambda file: file.write_text(f"{new_entry()}\n{new_entry(HASH)}\n"))
    try:
        return Keyring.parse(path.read_text(encoding="ascii"))
    except ValueError as error:
        # The text of a UnicodeDecodeError would contain bytes of the file.
        reason = "not text" if isinstance(error, UnicodeError) else str(error)
        raise SealingError(f"the file of keys {path}: {reason}") from None


def create_once(path: Path, fill: Callable[[Path], object]) -> None:
    """Create a file with the content that ``fill`` writes, unless it exists.

    If several processes or threads start at once, one of them creates the file and all find it
    complete and durable. Raises OSError with the path of the file.
    """
    try:
        if not path.exists():
            _make(path, fill)
    except OSError as error:
        # Name the file itself: the error has the temporary name, or none on a full disk.
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
