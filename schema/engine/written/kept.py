"""What an engine keeps of the operations that the database writes, in bounded memory."""

from collections.abc import Hashable
from itertools import count
from operator import attrgetter
from typing import NamedTuple, Protocol
from weakref import ref

from cachetools import LRUCache

from schema.engine.written.template import Ready

MIB = 2**20
FIXED = 1_000  # bytes that a bound statement takes besides its texts
VALUE = 60  # bytes that a parameter takes besides its text


class Kept(NamedTuple):
    """A statement with its parameters, about how many bytes it takes, and the cost before
    execution: of all, and of its conditions.

    ``identifying`` are the fields that its arguments use and that identify people.
    """

    ready: Ready
    size: int
    requested: int
    conditions: int
    identifying: frozenset[str]


class Holder(Protocol):
    """What holds compiled plans by their keys."""

    def forget(self, key: Hashable) -> None:
        """Drop a plan, if it is there."""


class Counted(NamedTuple):
    """A compiled plan: what holds it, unless that is gone, its key there, and about how many bytes
    it takes."""

    holder: ref[Holder]
    key: Hashable
    size: int


class Plans(LRUCache[int, Counted]):
    """How much memory compiled plans take, by their numbers; their documents hold them.

    A plan refers to the parsed document, which takes far more memory. If plans were held here,
    documents would stay that the cache of documents has evicted.
    """

    def __init__(self, most: int) -> None:
        super().__init__(most, attrgetter("size"))

    def use(self, number: int, plan: Counted) -> None:
        """Count a plan that was used, and forget others, or this one if it is too large."""
        found = self.get(number)
        if found is not None and found.size == plan.size:
            return
        self.pop(number, None)
        if plan.size <= self.maxsize:
            self[number] = plan
        else:
            _forget(plan)

    def popitem(self) -> tuple[int, Counted]:
        """Remove and forget the plan whose use was the longest ago."""
        number, plan = super().popitem()
        _forget(plan)
        return number, plan


def _forget(plan: Counted) -> None:
    holder = plan.holder()
    if holder is not None:
        holder.forget(plan.key)


class Statements:
    """The compiled plans and the statements of an engine: those used last, in bounded memory."""

    def __init__(self) -> None:
        self.numbers = count()
        self.plans = Plans(32 * MIB)
        self.bound: LRUCache[tuple[int, int, bytes], Kept] = LRUCache(8 * MIB, attrgetter("size"))


def size_of(value: object) -> int:
    """Return about how many bytes a parameter takes."""
    if isinstance(value, str | bytes):
        return VALUE + len(value)
    if isinstance(value, list | tuple):
        return VALUE + sum(map(size_of, value))
    return VALUE
