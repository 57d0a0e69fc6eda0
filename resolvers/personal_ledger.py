"""The ledger of personal data that one operation returned and withheld."""

from collections import Counter
from enum import StrEnum


class Reason(StrEnum):
    """The reason why a personal field is null although it may have a value."""

    NOT_RESPONSIBLE = "NOT_RESPONSIBLE"
    NO_CONSENT = "NO_CONSENT"
    NO_SCOPE = "NO_SCOPE"
    NO_PURPOSE = "NO_PURPOSE"


class PersonalLedger:
    """Personal data that one operation returned and withheld.

    ``coordinates`` are the requested personal fields, ``identifying`` the fields that revealed
    whose records are; ``persons`` are the IDs (UUID as text) of the people concerned;
    ``withheld`` counts values by coordinate and reason.
    """

    def __init__(self) -> None:
        self.coordinates: tuple[str, ...] = ()
        self.identifying: set[str] = set()
        self.persons: set[str] = set()
        self.withheld: Counter[tuple[str, Reason]] = Counter()

    @property
    def notes(self) -> list[dict[str, object]]:
        """Return the withheld values in the form of ``extensions.withheld``."""
        found = sorted(self.withheld.items())
        return [{"coordinate": c, "reason": reason, "count": n} for (c, reason), n in found]
