"""Limits on the sockets or streams that a client may have open at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from erikti.endpoint.payers import Payer


class ConcurrencyLimit:
    """Counts what is open in this process: ``most`` for each payer, ``together`` for all users
    of a client."""

    def __init__(self, most: int, together: int) -> None:
        self.most = most
        self._together = together
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, payer: Payer) -> Iterator[bool]:
        """Count one until the end of the block; yield False if the limit is reached."""
        mosts = {payer.who: self.most}
        if payer.client is not None:
            mosts[payer.client] = self._together
        free = all(self._taken[who] < most for who, most in mosts.items())
        self._taken.update(dict.fromkeys(mosts, int(free)))
        try:
            yield free
        finally:
            self._taken.subtract(dict.fromkeys(mosts, int(free)))
            for who in mosts:
                if not self._taken[who]:
                    del self._taken[who]
