"""How many things that stay open each client has, of those that it may have at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """The places of all clients in this process, ``most`` for each."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, who: str) -> Iterator[bool]:
        """Take a place until the end of the block; False where none is free."""
        free = self._taken[who] < self.most
        self._taken[who] += free
        try:
            yield free
        finally:
            self._taken[who] -= free
            if not self._taken[who]:
                del self._taken[who]
