"""What one operation gave away of personal data, and what it kept back."""

from collections import Counter
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a personal field is null although there may be a value."""

    NOT_RESPONSIBLE = "NOT_RESPONSIBLE"
    NO_CONSENT = "NO_CONSENT"
    NO_SCOPE = "NO_SCOPE"
    NO_PURPOSE = "NO_PURPOSE"


class PersonalLedger:
    """What one operation gave away and what it kept back.

    ``coordinates`` are the personal fields that were asked, ``identifying`` those that told of
    whom records are; ``persons`` are the ids (UUID as text) of those who were read about;
    ``withheld`` counts values by coordinate and reason.
    """

    def __init__(self) -> None:
        self.coordinates: tuple[str, ...] = ()
        self.identifying: set[str] = set()
        self.persons: set[str] = set()
        self.withheld: Counter[tuple[str, Reason]] = Counter()

    @property
    def notes(self) -> list[dict[str, Any]]:
        """What was withheld, as ``extensions.withheld`` tells it."""
        found = sorted(self.withheld.items())
        return [{"coordinate": c, "reason": reason, "count": n} for (c, reason), n in found]
