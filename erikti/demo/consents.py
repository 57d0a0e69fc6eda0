"""Delegates' consents to share their data with states for the Forum."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum, auto
from random import Random

from erikti.demo.cis_forum import STATES, SYSTEM, size
from erikti.demo.delegates import delegate_rows
from erikti.demo.nation import PUBLISHED_ON, Nation, Row
from erikti.demo.people import HOME
from models.people import Purpose

# Every state receives its own delegates' data, and that of some of the Kazakh ones.
GUESTS = [country for country in STATES if country != HOME]
GIVERS = size(HOME) * 3 // 4
CONSENTS = sum(map(size, GUESTS)) + GIVERS * len(GUESTS)
LAST_DAY = date(2030, 12, 31)
CAMPAIGN = timedelta(days=60)  # before ``PUBLISHED_ON``, in which consent was requested
YEAR = timedelta(days=365)


class Case(Enum):
    """The state of a consent."""

    VALID = auto()
    WITHDRAWN = auto()
    EXPIRED = auto()


# Cases of Kazakh delegates; guests' consents to their own states are all valid.
CASES = {Case.VALID: 70, Case.WITHDRAWN: 15, Case.EXPIRED: 15}


def consent_rows(nation: Nation) -> Iterator[Row]:
    """Yield all consents as rows; the same are valid from ``PUBLISHED_ON`` to ``LAST_DAY``."""
    chance = nation.random("consents")
    givers = 0
    for delegate in delegate_rows(nation):
        country = str(delegate["country"])
        if country != HOME:
            yield _row(delegate, country, Case.VALID, chance)
        elif givers < GIVERS:
            givers += 1
            for recipient in GUESTS:
                (case,) = chance.choices(list(CASES), list(CASES.values()))
                yield _row(delegate, recipient, case, chance)


def _row(delegate: Row, recipient: str, case: Case, chance: Random) -> Row:
    """Return a delegate's consent as a row, with the IIN as the person's key if there is one."""
    requested_on = PUBLISHED_ON - CAMPAIGN - (2 * YEAR if case is Case.EXPIRED else timedelta())
    given_on = requested_on + timedelta(days=chance.randrange(CAMPAIGN.days // 2))
    withdrawn_on = given_on + timedelta(days=chance.randrange(CAMPAIGN.days // 2))
    return {
        "source_system": SYSTEM,
        "source_id": f"{delegate['source_id']}-{recipient}",
        "person": delegate.get("iin") or f"delegates:{delegate['source_id']}",
        "purpose": Purpose.FORUM_PARTICIPATION,
        "recipient_country": recipient,
        "given_on": given_on,
        "expires_on": given_on + YEAR if case is Case.EXPIRED else LAST_DAY,
        "withdrawn_on": withdrawn_on if case is Case.WITHDRAWN else None,
    }
