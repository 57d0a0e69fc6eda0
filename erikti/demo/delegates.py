"""The delegates of the Forum: volunteers of the registry and generated guests."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import TypeVar

from erikti.demo.cis_forum import LAST_DAY, STATES, SYSTEM, YEAR, size
from erikti.demo.forum_sessions import SESSIONS, source_id
from erikti.demo.nation import PUBLISHED_ON, Nation, Row
from erikti.demo.people import HOME, foreigner
from erikti.demo.volunteers import volunteers_of
from models.cis_forum import DelegateRole, DelegateStatus

T = TypeVar("T")
DELEGATES = sum(map(size, STATES))
# Until the Forum takes place, when no delegate has attended yet.
STATUSES = {
    DelegateStatus.NOMINATED: 30,
    DelegateStatus.APPROVED: 35,
    DelegateStatus.ACCREDITED: 25,
    DelegateStatus.REJECTED: 5,
    DelegateStatus.WITHDRAWN: 5,
}
ROLES = {DelegateRole.DELEGATE: 80, DelegateRole.EXPERT: 12, DelegateRole.OBSERVER: 8}
COMING = (DelegateStatus.APPROVED, DelegateStatus.ACCREDITED)
AFTERWARDS = {
    DelegateStatus.NOMINATED: DelegateStatus.REJECTED,
    DelegateStatus.APPROVED: DelegateStatus.ATTENDED,
    DelegateStatus.ACCREDITED: DelegateStatus.ATTENDED,
}


def delegate_rows(nation: Nation) -> Iterator[Row]:
    """Yield all delegates as rows; the first one of each delegation is its head."""
    chance = nation.random("delegates")
    citizens = volunteers_of(nation).citizens(PUBLISHED_ON, chance)
    is_over = nation.today > LAST_DAY
    for country in STATES:
        for number in range(1, size(country) + 1):
            person = next(citizens) if country == HOME else foreigner(country, chance)
            head = number == 1
            status = DelegateStatus.ACCREDITED if head else _pick(STATUSES, chance)
            role = DelegateRole.HEAD if head else _pick(ROLES, chance)
            sessions = _sessions(chance) if status in COMING else ()
            yield {
                "source_system": SYSTEM,
                "source_id": f"{YEAR}-{country}-{number:03d}",
                **person,
                "forum": YEAR,
                "country": country,
                "role": role,
                "status": AFTERWARDS.get(status, status) if is_over else status,
                "sessions": sessions,
            }


def _sessions(chance: Random) -> tuple[str, ...]:
    """Return the opening, the closing and some sessions in between."""
    last = len(SESSIONS)
    between = chance.sample(range(2, last), chance.randint(2, 5))
    return tuple(source_id(number) for number in (1, *sorted(between), last))


def _pick(weights: Mapping[T, float], chance: Random) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]
