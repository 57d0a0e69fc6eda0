"""The access log: who read personal data, written before it is given out, and its proof."""

from erikti.audit.belonging import OtherDatabaseError, check_place, together
from erikti.audit.entries import Access
from erikti.audit.log import AccessLog, AccessLogUnavailableError
from erikti.audit.readings import Readings
from models.access import Decision

__all__ = [
    "Access",
    "AccessLog",
    "AccessLogUnavailableError",
    "Decision",
    "OtherDatabaseError",
    "Readings",
    "check_place",
    "together",
]
