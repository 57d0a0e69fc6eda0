"""Parameters of the generated country: its size, its seed and its random numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import count
from math import gcd
from random import Random
from struct import Struct
from typing import TypeVar

T = TypeVar("T")
Row = Mapping[str, object]
Draws = Callable[[int], tuple[int, ...]]

SEED = 20251217
PUBLISHED_ON = date(2025, 12, 17)  # the day on which the figures were published
LAST_DAY = date(2035, 12, 31)  # on which the generator can still be
REGISTRY = "QAZVOLUNTEER-DEMO"
SYSTEM_SUFFIX = "-DEMO"
SHORT = 1 << 16  # draws are integers below this
GOLDEN = 0.6180339887498949

_shorts = Struct("<32H").unpack


class ScaleError(ValueError):
    """The scale or the day is out of range."""


@dataclass(frozen=True)
class Nation:
    """The size of the country; at scale 1 it matches the published figures.

    Organisations, projects, grants, awards, placements and the Forum are the same at every scale.
    There are always at least some 500 volunteers for them. ``today`` is the last day with records:
    those after the publication are in ``erikti.demo.later``. Raises ScaleError unless the scale is
    above 0 and at most 100, and today between the publication and ``LAST_DAY``.
    """

    scale: float = 1.0
    seed: int = SEED
    today: date = PUBLISHED_ON

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 100:
            raise ScaleError(f"the scale must be above 0 and at most 100, not {self.scale:g}")
        if not PUBLISHED_ON <= self.today <= LAST_DAY:
            text = f"the day must be from {PUBLISHED_ON} to {LAST_DAY}, not {self.today}"
            raise ScaleError(text)

    @property
    def active(self) -> int:
        """Return the number of active volunteers: just under 300,000 at scale 1."""
        return self._scaled(299_412, least=500)

    @property
    def silver(self) -> int:
        """Return the number of active volunteers of silver age."""
        return self._scaled(6_000)

    @property
    def inactive(self) -> int:
        """Return the number of volunteers who are registered but inactive."""
        return self._scaled(7_930)

    @property
    def withdrawn(self) -> int:
        """Return the number of volunteers who have left."""
        return self._scaled(2_270)

    @property
    def volunteers(self) -> int:
        """Return the number of entries of the registry."""
        return self.active + self.inactive + self.withdrawn

    @property
    def participations(self) -> int:
        """Return the number of participations."""
        return self._scaled(200_000)

    @property
    def enquiries(self) -> int:
        """Return the number of enquiries to the call centre, with at least some in every year."""
        return self._scaled(24_000, least=100)

    @property
    def good_deeds(self) -> int:
        """Return the number of deeds in the Marathon of Good Deeds of 2025."""
        return self._scaled(9_001)

    @property
    def good_deed_participants(self) -> int:
        """Return the number of participants of those deeds, at least one in each."""
        return max(self._scaled(40_000), self.good_deeds)

    def random(self, stream: str) -> Random:
        """Return a random generator for one kind of record, the same at every scale."""
        return Random(f"{self.seed}/{stream}")

    def draws(self, stream: str) -> Draws:
        """Return a function from a number to its 32 random draws, each below ``SHORT``.

        So any volunteer can be generated from the number alone. Countries of different scales
        have no volunteer in common, so they are never confused.
        """
        key = f"{self.seed}/{float(self.scale)}/{stream}".encode()

        def draw(number: int) -> tuple[int, ...]:
            return _shorts(blake2b(number.to_bytes(8, "little"), key=key).digest())

        return draw

    def _scaled(self, whole: int, least: int = 1) -> int:
        return max(least, round(whole * self.scale))


def weighted(items: Mapping[T, float], size: int = 4096) -> tuple[T, ...]:
    """Return a table in which each item has a share of the places by its weight."""
    bounds = _bounds(list(items.values()), size)
    return tuple(item for item, places in zip(items, bounds, strict=True) for _ in range(places))


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Split an integer by weights into parts that add up to it."""
    return list(_bounds(weights, total))


def stride(size: int) -> int:
    """Return a step that visits every number below ``size`` once, with large distances."""
    step = max(1, int(size * GOLDEN))
    while gcd(step, size) != 1:
        step += 1
    return step


def walk(size: int, chance: Random) -> Iterator[int]:
    """Yield endless cycles of the numbers below ``size`` from a random start, far apart."""
    step, first = stride(size), chance.randrange(size)
    return ((first + turn * step) % size for turn in count())


def _bounds(weights: Sequence[float], total: int) -> Iterator[int]:
    whole = sum(weights)
    seen, before = 0.0, 0
    for weight in weights:
        seen += weight
        upto = round(total * seen / whole)
        yield upto - before
        before = upto
