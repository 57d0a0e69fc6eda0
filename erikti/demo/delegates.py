"""The delegates of the Forum: volunteers of the registry and generated guests."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import TypeVar

from erikti.demo.cis_forum import STATES, SYSTEM, YEAR, size
from erikti.demo.forum_sessions import SESSIONS, source_id
from erikti.demo.nation import TODAY, Nation, Row
from erikti.demo.people import HOME, foreigner
from erikti.demo.volunteers import volunteers_of
from models.cis_forum import DelegateRole, DelegateStatus

T = TypeVar("T")
DELEGATES = sum(map(size, STATES))
# The Forum has not taken place yet, so no delegate has attended.
STATUSES = {
    DelegateStatus.NOMINATED: 30,
    DelegateStatus.APPROVED: 35,
    DelegateStatus.ACCREDITED: 25,
    DelegateStatus.REJECTED: 5,
    DelegateStatus.WITHDRAWN: 5,
}
ROLES = {DelegateRole.DELEGATE: 80, DelegateRole.EXPERT: 12, DelegateRole.OBSERVER: 8}
COMING = (DelegateStatus.APPROVED, DelegateStatus.ACCREDITED)


def delegate_rows(nation: Nation) -> Iterator[Row]:
    """Yield all delegates as rows; the first one of each delegation is its head."""
    chance = nation.random("delegates")
    citizens = volunteers_of(nation).citizens(TODAY, chance)
    for country in STATES:
        for number in range(1, size(country) + 1):
            person = next(citizens) if country == HOME else foreigner(country, chance)
            head = number == 1
            status = DelegateStatus.ACCREDITED if head else _pick(STATUSES, chance)
            yield {
                "source_system": SYSTEM,
                "source_id": f"{YEAR}-{country}-{number:03d}",
                **person,
                "forum": YEAR,
                "country": country,
                "role": DelegateRole.HEAD if head else _pick(ROLES, chance),
                "status": status,
                "sessions": _sessions(chance) if status in COMING else (),
            }


def _sessions(chance: Random) -> tuple[str, ...]:
    """Return the opening, the closing and some sessions in between."""
    last = len(SESSIONS)
    between = chance.sample(range(2, last), chance.randint(2, 5))
    return tuple(source_id(number) for number in (1, *sorted(between), last))


def _pick(weights: Mapping[T, float], chance: Random) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]
