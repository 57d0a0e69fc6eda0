"""A cache of the last used values, bounded by their total size."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Values by key, the last used ones; ``most`` limits their total size, each is stated.

    Like ``cachetools.LRUCache``, which takes twice the time for a hit.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return the value of a key; None without one."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Store a value, unless it is larger than all together may be; evict others."""
        self.pop(key)
        if size > self.most:
            return
        self._values[key] = (value, size)
        self.size += size
        while self.size > self.most:
            _, (_, freed) = self._values.popitem(last=False)
            self.size -= freed

    def pop(self, key: K) -> None:
        """Remove a key, if it is there."""
        found = self._values.pop(key, None)
        if found is not None:
            self.size -= found[1]
