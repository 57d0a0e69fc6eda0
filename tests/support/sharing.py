"""What the processes of one run share: a folder, and what only the first of them makes."""

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.postgres import end, ensure_servant

FOLDER = "TESTS_FOLDER"  # names it to the processes that are started
POSTGRES = "postgres"  # its URL, the number of its process and its folder

T = TypeVar("T")


def shared_folder() -> Path:
    """Where they share files."""
    return Path(os.environ[FOLDER])


@contextmanager
def sharing() -> Iterator[None]:
    """A folder for this process and those that it starts, unless it was given one."""
    if FOLDER in os.environ:
        yield
        return
    ensure_servant()
    with tempfile.TemporaryDirectory(prefix="erikti-tests-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            if started := _known(POSTGRES):
                end(*json.loads(started)[1:])
            del os.environ[FOLDER]


def once(name: str, make: Callable[[], T]) -> T:
    """What ``make`` returns to the process that comes first, a JSON value; the others wait."""
    with _path(name).open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if known := _known(name):
            found: T = json.loads(known)
            return found
        made = make()
        file.write(json.dumps(made))
        return made


def _path(name: str) -> Path:
    return shared_folder() / f"{name}.json"


def _known(name: str) -> str:
    return _path(name).read_text() if _path(name).exists() else ""
