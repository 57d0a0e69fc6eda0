"""Enquiries to the call centre after the publication, up to yesterday."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from erikti.demo import regions
from erikti.demo.enquiries import (
    CALL_CENTRE,
    CHANNELS,
    MINUTES,
    OPENS,
    REJECTED,
    SLOW,
    TOPICS,
    WITHOUT_REGION,
    opening,
)
from erikti.demo.later.calendar import days, of_day
from erikti.demo.nation import REGISTRY, Nation, Row, weighted
from models.enquiry_codes import EnquiryStatus

EACH_YEAR = 9_000  # at scale 1
LEAST = 50
PLACES = weighted(regions.INHABITANTS)


def later_enquiries(nation: Nation) -> int:
    """Return their number."""
    return sum(size for _, size in _sizes(nation))


def later_enquiry_rows(nation: Nation) -> Iterator[Row]:
    """Yield them by day."""
    now = opening(nation.today)
    for day, size in _sizes(nation):
        chance = nation.random(f"enquiries-{day}")
        for number in range(1, size + 1):
            yield _row(day, number, now, chance)


def _sizes(nation: Nation) -> Iterator[tuple[date, int]]:
    whole = max(round(EACH_YEAR * nation.scale), LEAST)
    return ((day, of_day(day, whole)) for day in days(nation) if day < nation.today)


def _row(day: date, number: int, now: datetime, chance: Random) -> Row:
    opened_at = datetime(day.year, day.month, day.day, OPENS, tzinfo=UTC)
    opened_at += timedelta(minutes=chance.randrange(MINUTES))
    resolved_at = (opened_at + SLOW * chance.random() ** 6).replace(microsecond=0)
    rejected = chance.random() < REJECTED
    status = EnquiryStatus.REJECTED if rejected else EnquiryStatus.RESOLVED
    waiting = chance.choice((EnquiryStatus.OPEN, EnquiryStatus.IN_PROGRESS))
    is_resolved = resolved_at <= now
    return {
        "source_system": REGISTRY,
        "source_id": f"E-{day:%Y%m%d}-{number:04d}",
        "call_centre": CALL_CENTRE,
        "channel": chance.choice(CHANNELS),
        "topic": chance.choice(TOPICS),
        "region": None if chance.random() < WITHOUT_REGION else chance.choice(PLACES),
        "opened_at": opened_at,
        "resolved_at": resolved_at if is_resolved else None,
        "status": status if is_resolved else waiting,
    }
