"""Errors of commands: each ends the process with one line instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from erikti.sealing import SealingError
from erikti.settings import SettingsError
from erikti.telemetry.tracebacks import trace
from erikti.trusted_documents.files import DocumentsError

PRIVATE = 0o077  # umask: files may contain personal data, so other users may not read them


INTERRUPTED = 130  # the conventional exit status after ^C


class CommandError(Exception):
    """The reason why a command cannot be executed."""


class DatabaseUnusableError(CommandError):
    """The database cannot be used at present."""


# Errors whose message is complete.
EXPECTED = (CommandError, DocumentsError, SettingsError, SealingError)


@contextmanager
def reported() -> Iterator[None]:
    """End the process on an error, with exit status 1 and one line on standard error.

    After ^C the status is 130, without a line.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except EXPECTED as error:
        _leave(str(error))
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            _leave(f"{error.filename}: {error.strerror}")
        # Without its text, which may contain personal data, such as values that a driver quotes.
        _leave(f"internal error:\n{trace(error)}")


def _leave(reason: str) -> NoReturn:
    print(f"erikti: {reason}", file=sys.stderr)
    sys.exit(1)
