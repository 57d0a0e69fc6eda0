"""How a command ends that cannot do its work: with one line, never with a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from erikti.sealing import SealingError
from erikti.settings import SettingsError
from erikti.telemetry.tracebacks import trace
from erikti.trusted_documents.files import DocumentsError

PRIVATE = 0o077  # what Erikti writes holds personal data: no other user may read it


INTERRUPTED = 130  # exit status after ^C, as shells have it


class CommandError(Exception):
    """Why a command will not do what was asked."""


class DatabaseUnusableError(CommandError):
    """The database cannot be used now, and may be later."""


# Errors that say all there is to say.
TOLD = (CommandError, DocumentsError, SettingsError, SealingError)


@contextmanager
def reported() -> Iterator[None]:
    """Let what goes wrong end the process: exit status 1 and one line on standard error.

    After ^C the status is 130, and there is no line.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except TOLD as error:
        _leave(str(error))
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            _leave(f"{error.filename}: {error.strerror}")
        # Its text may hold personal data, as where a driver repeats what it was given.
        _leave(f"something went wrong inside:\n{trace(error)}")


def _leave(reason: str) -> NoReturn:
    print(f"erikti: {reason}", file=sys.stderr)
    sys.exit(1)
