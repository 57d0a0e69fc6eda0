"""What the commands ``erikti audit ...`` share: public keys and expected errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from erikti.audit.signing_key import AuditKeyError, public_pem, signing_key
from erikti.audit.verifier import DATABASE_ERRORS, UnusableError

MISUSED = 2


@contextmanager
def failures() -> Iterator[None]:
    """Print expected errors in one line and exit with 2."""
    try:
        yield
    except (UnusableError, AuditKeyError) as error:
        raise _failed(str(error)) from None
    except FileExistsError as error:
        raise _failed(f"{error.filename} already exists") from None
    except DATABASE_ERRORS as error:
        raise _failed(f"the log cannot be read: {type(error).__name__}") from None


def own_key(path: Path) -> bytes:
    """Return the public key of this installation in PEM; raise UnusableError if there is none."""
    if not path.exists():
        raise UnusableError(f"{path} does not exist: give the public key with --public-key")
    try:
        return public_pem(signing_key(path))
    except (AuditKeyError, OSError) as error:
        raise UnusableError(f"{error}: give the public key with --public-key") from error


def _failed(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(MISUSED)
