"""The access log: who read personal data, written before it is given out, and its proof."""

from audit.belonging import OtherDatabaseError, check_place, together
from audit.entries import Access
from audit.log import AccessLog, AccessLogUnavailable
from audit.readings import Readings
from models.access import Decision

__all__ = [
    "Access",
    "AccessLog",
    "AccessLogUnavailable",
    "Decision",
    "OtherDatabaseError",
    "Readings",
    "check_place",
    "together",
]
