"""Tracebacks without messages and values."""

import traceback
from collections.abc import Iterator

ERRORS = 20  # of a chain, or of a group and what caused its members
FRAMES = 40  # of one error, those nearest to where it was raised


def trace(error: BaseException) -> str:
    """Return the types of an error and its causes, with files, lines and functions.

    Messages and variables are left out: drivers, parsers and scalars include the values that they
    failed at, which may be personal or secret.
    """
    return "\n".join(line for one in _chain(error, set()) for line in _lines(one))


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    while error is not None and id(error) not in seen and len(seen) < ERRORS:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _chain(member, seen)
        # What "from None" hides may still be the cause.
        error = error.__cause__ or error.__context__


def _lines(error: BaseException) -> Iterator[str]:
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    walked = traceback.walk_tb(error.__traceback__)
    frames = traceback.StackSummary.extract(walked, limit=-FRAMES, lookup_lines=False)
    yield from (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
