"""The kinds of background work."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from erikti.database.folding import fold, has_rows_to_fold
from models.rollups import ROLLUPS


@dataclass(frozen=True)
class Kind:
    """A kind of work that can be repeated at any time, and goes on where it was interrupted.

    ``run`` is called ``every`` so many seconds, if ``is_needed``, which only reads.
    """

    run: Callable[[], Awaitable[object]]
    every: float
    is_needed: Callable[[], Awaitable[bool]]


KINDS: Mapping[str, Kind] = {
    "fold": Kind(lambda: fold(ROLLUPS), 5.0, lambda: has_rows_to_fold(ROLLUPS)),
}
