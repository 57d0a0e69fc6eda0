"""The access log: records each read of personal data before it is served, with signed proof."""

from erikti.audit.belonging import OtherDatabaseError, check_database, colocation_warning
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
    "check_database",
    "colocation_warning",
]
