"""Enquiries to the one call centre."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from erikti.demo import regions
from erikti.demo.nation import PUBLISHED_ON, REGISTRY, Nation, Row, weighted
from models.enquiry_codes import EnquiryChannel, EnquiryStatus, EnquiryTopic

CALL_CENTRE = "NATIONAL"
FIRST_DAY = datetime(2023, 1, 9, tzinfo=UTC)
# Working hours, 9 to 18, in UTC; the whole country has used UTC+5 since March 2024.
OPENS, MINUTES = 4, 9 * 60
CHANNELS = weighted(
    {
        EnquiryChannel.PHONE: 55.0,
        EnquiryChannel.MESSENGER: 28.0,
        EnquiryChannel.WEB: 10.0,
        EnquiryChannel.EMAIL: 7.0,
    }
)
TOPICS = weighted(
    {
        EnquiryTopic.REGISTRATION: 34.0,
        EnquiryTopic.PROJECTS: 22.0,
        EnquiryTopic.HOURS: 14.0,
        EnquiryTopic.HELP_REQUEST: 12.0,
        EnquiryTopic.GRANTS: 8.0,
        EnquiryTopic.OTHER: 6.0,
        EnquiryTopic.COMPLAINT: 4.0,
    }
)
WITHOUT_REGION = 0.15
REJECTED = 0.03
SLOW = timedelta(days=12)


def enquiry_rows(nation: Nation) -> Iterator[Row]:
    """Yield all enquiries as rows, by time."""
    chance = nation.random("enquiries")
    places = weighted(regions.INHABITANTS)
    now, later = opening(PUBLISHED_ON), opening(nation.today)
    days = (now - FIRST_DAY).days
    for number in range(nation.enquiries):
        opened_at = FIRST_DAY + timedelta(
            days=number * days // nation.enquiries, hours=OPENS, minutes=chance.randrange(MINUTES)
        )
        status, resolved_at = _outcome(opened_at, now, later, chance)
        yield {
            "source_system": REGISTRY,
            "source_id": f"E-{number + 1:07d}",
            "call_centre": CALL_CENTRE,
            "channel": chance.choice(CHANNELS),
            "topic": chance.choice(TOPICS),
            "region": None if chance.random() < WITHOUT_REGION else chance.choice(places),
            "opened_at": opened_at,
            "resolved_at": resolved_at,
            "status": status,
        }


def opening(day: date) -> datetime:
    """Return the beginning of the working hours of a day."""
    return datetime(day.year, day.month, day.day, OPENS, tzinfo=UTC)


def _outcome(
    opened_at: datetime, now: datetime, later: datetime, chance: Random
) -> tuple[EnquiryStatus, datetime | None]:
    """Return an enquiry's status and time of resolution; most are resolved within hours.

    Those that wait at the publication (``now``) may be resolved ``later``.
    """
    resolved_at = opened_at + SLOW * chance.random() ** 6
    resolved_at = resolved_at.replace(microsecond=0)
    if resolved_at > now:
        waiting = chance.choice((EnquiryStatus.OPEN, EnquiryStatus.IN_PROGRESS))
        return (waiting, None) if resolved_at > later else (EnquiryStatus.RESOLVED, resolved_at)
    rejected = chance.random() < REJECTED
    return EnquiryStatus.REJECTED if rejected else EnquiryStatus.RESOLVED, resolved_at
